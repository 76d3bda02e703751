import { Search } from 'lucide-react';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { cx } from '@/ui/cx';
import { Modal } from '@/ui/modal';
import { type Entry, useEntries } from './entries';
import { t } from './words';

/** Goes anywhere and does what can be done from anywhere, by typing a part of its name. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const id = useId();
  const entries = useEntries(typed);
  const chosen = Math.min(at, entries.length - 1);
  const choose = (entry: Entry | undefined) => {
    if (!entry) return;
    onClose();
    entry.run();
  };
  const press = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setAt((chosen + step + entries.length) % Math.max(1, entries.length));
    else if (event.key === 'Enter') choose(entries[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <Modal
      onClose={onClose}
      label={t('palette.title')}
      className="animate-pop fixed inset-x-4 top-[12vh] bottom-auto mx-auto w-auto max-w-[560px] overflow-hidden rounded-xl border border-line bg-surface p-0 text-13 text-fg shadow-pop backdrop:bg-overlay"
    >
      <div className="flex items-center gap-2.5 border-b border-line px-4">
        <Search size={15} className="shrink-0 text-fg-3" aria-hidden="true" />
        <input
          role="combobox"
          autoFocus
          aria-label={t('palette.title')}
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={entries.length > 0 ? `${id}-${chosen}` : undefined}
          placeholder={t('palette.placeholder')}
          value={typed}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => {
            setTyped(event.target.value);
            setAt(0);
          }}
          onKeyDown={press}
          className="h-12 min-w-0 flex-1 bg-transparent text-14 outline-none placeholder:text-fg-3"
        />
      </div>
      <div id={`${id}-list`} role="listbox" aria-label={t('palette.results')} className="scroll-thin max-h-[52vh] overflow-y-auto p-1.5">
        {entries.map((entry, index) => (
          <Row
            key={`${entry.group} ${entry.key}`}
            id={`${id}-${index}`}
            entry={entry}
            heading={entry.group === entries[index - 1]?.group ? null : t(`palette.group.${entry.group}`)}
            active={index === chosen}
            onPoint={() => setAt(index)}
            onChoose={() => choose(entry)}
          />
        ))}
      </div>
      {entries.length === 0 && (
        <p role="status" className="px-4 pt-2 pb-5 text-fg-2">
          {t('palette.none')}
        </p>
      )}
    </Modal>
  );
}

interface RowProps {
  id: string;
  entry: Entry;
  heading: string | null;
  active: boolean;
  onPoint: () => void;
  onChoose: () => void;
}

function Row({ id, entry, heading, active, onPoint, onChoose }: RowProps) {
  const row = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (active) row.current?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  return (
    <>
      {heading && (
        <p aria-hidden="true" className="px-2.5 pt-2 pb-1 text-12 text-fg-3">
          {heading}
        </p>
      )}
      {/* The field has the keys; a click is what remains. */}
      {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events */}
      <div
        ref={row}
        id={id}
        role="option"
        tabIndex={-1}
        aria-selected={active}
        data-group={entry.group}
        onPointerMove={onPoint}
        onClick={onChoose}
        className={cx('flex h-8 cursor-pointer items-center gap-2.5 rounded-md px-2.5', active && 'bg-surface-3')}
      >
        <span className="text-fg-3" aria-hidden="true">
          {entry.icon}
        </span>
        <span className="min-w-0 truncate">{entry.name}</span>
      </div>
    </>
  );
}
