import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { useSettled } from '@/features/chat/more/use-settled';
import { cx } from '@/ui/cx';
import { Modal } from '@/ui/modal';
import { ProblemBox } from '@/ui/problem';
import { fittingQuery, type Prompt } from './api';
import { FillForm } from './fill-form';
import { tp } from './words';

interface PickerProps {
  /** Closed without a choice, with what was typed to search by. */
  onClose: (typed: string) => void;
  onChoose: (text: string) => void;
}

/** Finds a prompt by its words, and asks for its variables. */
export default function Picker({ onClose, onChoose }: PickerProps) {
  const [typed, setTyped] = useState('');
  const [prompt, setPrompt] = useState<Prompt | null>(null);
  const choose = (chosen: Prompt) => {
    if (chosen.variables.length > 0) setPrompt(chosen);
    else onChoose(chosen.text);
  };
  return (
    <Modal
      onClose={() => onClose(prompt ? '' : typed)}
      label={tp('prompts.title')}
      className="animate-pop fixed inset-x-4 top-[12vh] bottom-auto mx-auto max-h-[80vh] w-auto max-w-[560px] overflow-y-auto rounded-xl border border-line bg-surface p-0 text-13 text-fg shadow-pop backdrop:bg-overlay"
    >
      {prompt ? (
        <div className="p-5">
          <h2 className="mb-4 text-16 font-semibold break-words">{tp('fill.title', { name: prompt.name })}</h2>
          <FillForm prompt={prompt} onCancel={() => setPrompt(null)} onFilled={onChoose} />
        </div>
      ) : (
        <Finder typed={typed} onType={setTyped} onChoose={choose} />
      )}
    </Modal>
  );
}

interface FinderProps {
  typed: string;
  onType: (typed: string) => void;
  onChoose: (prompt: Prompt) => void;
}

function Finder({ typed, onType, onChoose }: FinderProps) {
  const [at, setAt] = useState(0);
  const id = useId();
  const words = useSettled(typed.trim());
  const { data, error, refetch, isPlaceholderData } = useQuery(fittingQuery(words));
  const prompts = data ?? [];
  const chosen = Math.min(at, prompts.length - 1);
  // What is on the screen may be what fitted the words before.
  const current = words === typed.trim() && !isPlaceholderData;
  const press = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const prompt = prompts[chosen];
    if (step) setAt((chosen + step + prompts.length) % Math.max(1, prompts.length));
    else if (event.key !== 'Enter') return;
    else if (prompt && current) onChoose(prompt);
    event.preventDefault();
  };
  return (
    <>
      <div className="sticky top-0 flex items-center gap-2.5 border-b border-line bg-surface px-4">
        <Search size={15} className="shrink-0 text-fg-3" aria-hidden="true" />
        <input
          role="combobox"
          autoFocus
          aria-label={tp('prompts.search')}
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={prompts.length > 0 ? `${id}-${chosen}` : undefined}
          placeholder={tp('prompts.search')}
          value={typed}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => {
            onType(event.target.value);
            setAt(0);
          }}
          onKeyDown={press}
          className="h-12 min-w-0 flex-1 bg-transparent text-14 outline-none placeholder:text-fg-3"
        />
      </div>
      {error && <ProblemBox error={error} onRetry={() => void refetch()} className="m-3" />}
      <div id={`${id}-list`} role="listbox" aria-label={tp('prompts.list')} aria-busy={!current} className="scroll-thin max-h-[48vh] overflow-y-auto p-1.5">
        {prompts.map((prompt, index) => (
          <Choice
            key={prompt.id}
            id={`${id}-${index}`}
            prompt={prompt}
            active={index === chosen}
            onPoint={() => setAt(index)}
            onChoose={() => onChoose(prompt)}
          />
        ))}
      </div>
      {data?.length === 0 && (
        <p role="status" className="px-4 pt-2 pb-5 text-fg-2">
          {words ? tp('prompts.none.found') : tp('prompts.none')}
        </p>
      )}
      <p className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 border-t border-line px-4 py-2 text-12 text-fg-3">
        <span className="pointer-coarse:hidden">{tp('prompts.keys')}</span>
        <Link to="/chat/prompts" className="rounded-sm text-accent hover:underline">
          {tp('prompts.manage')}
        </Link>
      </p>
    </>
  );
}

interface ChoiceProps {
  id: string;
  prompt: Prompt;
  active: boolean;
  onPoint: () => void;
  onChoose: () => void;
}

function Choice({ id, prompt, active, onPoint, onChoose }: ChoiceProps) {
  const row = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (active) row.current?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  return (
    // The field has the keys; a click is what remains.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      ref={row}
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={active}
      data-testid="prompt-choice"
      onPointerMove={onPoint}
      onClick={onChoose}
      className={cx('cursor-pointer rounded-md px-2.5 py-1.5', active && 'bg-surface-3')}
    >
      <span className="flex min-w-0 items-center gap-2">
        <span className="min-w-0 truncate font-medium">{prompt.name}</span>
        {prompt.common && <span className="shrink-0 text-11 text-fg-2">{tp('prompts.common')}</span>}
      </span>
      <span className={cx('block truncate text-12', active ? 'text-fg-2' : 'text-fg-3')}>{prompt.text}</span>
    </div>
  );
}
