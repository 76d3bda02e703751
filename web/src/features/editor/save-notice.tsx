import { useMemo, useState, useSyncExternalStore } from 'react';
import { formatAgo } from '@/i18n/format';
import { retold } from '@/features/said/said';
import { Button } from '@/ui/button';
import { cx } from '@/ui/cx';
import { ConfirmDialog } from '@/ui/dialog';
import { Notice, ProblemBox } from '@/ui/problem';
import { type Clash, mergeDocuments } from './merge';
import { tm, tmn } from './merge-words';
import { type Saver, type SaveState, useSaving } from './saver';

interface SaveNoticeProps {
  saver: Saver;
  onCopy: () => void;
  copying: boolean;
}

/** Says why something is not saved, and what can be done about it. */
export function SaveNotice({ saver, onCopy, copying }: SaveNoticeProps) {
  const state = useSaving(saver);
  if (state.as === 'failed') return <ProblemBox error={retold(state.error)} onRetry={() => void saver.flush()} className="m-2" />;
  if (state.as !== 'conflict') return null;
  return <Conflict key={state.version} state={state} saver={saver} onCopy={onCopy} copying={copying} />;
}

interface ConflictProps extends SaveNoticeProps {
  state: Extract<SaveState, { as: 'conflict' }>;
}

/** Two people changed the draft: what only one changed is kept, and what both did is chosen field by field. */
function Conflict({ state, saver, onCopy, copying }: ConflictProps) {
  const doc = useSyncExternalStore(saver.editor.subscribe, () => saver.editor.doc);
  const [theirs, setTheirs] = useState<ReadonlySet<string>>(new Set());
  const [dropping, setDropping] = useState(false);
  const merged = useMemo(() => mergeDocuments(state.base, doc, state.theirs, theirs), [state, doc, theirs]);
  const { clashes } = merged;
  const choose = (key: string, other: boolean) => {
    const next = new Set(theirs);
    if (other) next.add(key);
    else next.delete(key);
    setTheirs(next);
  };
  return (
    <Notice tone="warn" className="m-2">
      <p className="font-medium text-fg">{tm('conflict.title')}</p>
      <p className="text-fg">
        {clashes.length === 0 ? tm('conflict.apart') : tmn('conflict.same', clashes.length)}{' '}
        <span className="text-fg-2">{tm('conflict.since', { ago: formatAgo(state.since) })}</span>
      </p>
      {clashes.length > 0 && (
        <ul className="scroll-thin mt-2 flex max-h-[40vh] flex-col gap-2 overflow-y-auto" data-testid="clashes">
          {clashes.map((clash) => (
            <li key={clash.key}>
              <Choose clash={clash} theirs={theirs.has(clash.key)} onChoose={(other) => choose(clash.key, other)} />
            </li>
          ))}
        </ul>
      )}
      <div className="mt-2 flex flex-wrap gap-2">
        <Button size="sm" kind="primary" onClick={() => saver.takeBoth(merged.doc)}>
          {clashes.length === 0 ? tm('conflict.both') : tm('conflict.chosen')}
        </Button>
        <Button size="sm" onClick={() => setDropping(true)}>
          {tm('conflict.theirs')}
        </Button>
        <Button size="sm" busy={copying} onClick={onCopy}>
          {tm('conflict.copy')}
        </Button>
      </div>
      <ConfirmDialog
        open={dropping}
        onOpenChange={setDropping}
        title={tm('conflict.theirs.title')}
        text={tm('conflict.theirs.text')}
        action={tm('conflict.theirs.do')}
        busy={false}
        onConfirm={() => {
          setDropping(false);
          saver.takeTheirs();
        }}
      />
    </Notice>
  );
}

/** As much of a value as one needs to tell it from another. */
function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 1);
  return text.length > 600 ? `${text.slice(0, 600)}…` : text;
}

function Choose({ clash, theirs, onChoose }: { clash: Clash; theirs: boolean; onChoose: (theirs: boolean) => void }) {
  const way = (other: boolean, label: string, value: unknown) => (
    <label className={cx('flex min-w-0 flex-1 cursor-pointer items-start gap-2 rounded-md border bg-surface px-2 py-1.5 text-fg', other === theirs ? 'border-accent' : 'border-line')}>
      <input type="radio" name={clash.key} checked={other === theirs} onChange={() => onChoose(other)} className="mt-[3px] accent-(--accent)" />
      <span className="min-w-0 flex-1">
        <span className="block font-medium">{label}</span>
        {value === undefined ? (
          <span className="text-12 text-fg-2">{tm('conflict.gone')}</span>
        ) : (
          <span className="scroll-thin block max-h-24 overflow-y-auto font-mono text-11 break-words whitespace-pre-wrap">{shown(value)}</span>
        )}
      </span>
    </label>
  );
  return (
    <fieldset>
      <legend className="mb-1 text-fg">
        {clash.of && <span className="font-medium">{clash.of}</span>} <span className="font-mono text-11 text-fg-2">{clash.field || tm('conflict.whole')}</span>
      </legend>
      <div className="flex flex-wrap gap-2">
        {way(false, tm('conflict.mine'), clash.mine)}
        {way(true, tm('conflict.others'), clash.theirs)}
      </div>
    </fieldset>
  );
}
