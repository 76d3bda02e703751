import { ArrowUp, Square } from 'lucide-react';
import { type ComponentType, type KeyboardEvent, type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import { t } from './words';
import { cx } from '@/ui/cx';
import { readDraft, writeDraft } from './drafts';

interface ComposerProps {
  /** Under which name an unsent text is kept. */
  draftKey: string;
  busy: boolean;
  /** Whether an answer is being written, which can be stopped. */
  running?: boolean;
  autoFocus?: boolean;
  /** What stands before the button that sends. */
  tools?: ReactNode;
  /** What writes texts that are kept into it. */
  library?: ComponentType<{ text: string; onText: (text: string) => void }>;
  onSend: (text: string) => void;
  onStop?: () => void;
}

/** Whether this key press sends: Enter alone, and never while an input method is composing. */
export function sends(event: {
  key: string;
  shiftKey: boolean;
  isComposing: boolean;
  keyCode: number;
}): boolean {
  return event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== 229;
}

export function Composer({ draftKey, busy, running, autoFocus, tools, library: Library, onSend, onStop }: ComposerProps) {
  const [text, setText] = useState(() => readDraft(draftKey));
  const box = useRef<HTMLTextAreaElement>(null);
  const sendable = text.trim() !== '' && !busy && !running;

  useEffect(() => {
    if (autoFocus && matchMedia('(pointer: fine)').matches) box.current?.focus();
  }, [autoFocus]);

  const change = (value: string) => {
    setText(value);
    writeDraft(draftKey, value);
  };
  const send = () => {
    if (!sendable) return;
    onSend(text.trim());
    change('');
  };
  const keyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    const { key, shiftKey, keyCode, nativeEvent } = event;
    if (!sends({ key, shiftKey, keyCode, isComposing: nativeEvent.isComposing })) return;
    event.preventDefault();
    send();
  };

  return (
    <div className="flex flex-wrap items-end gap-2 rounded-xl border border-line-strong bg-surface p-2 transition-colors focus-within:border-accent">
      <textarea
        ref={box}
        rows={1}
        value={text}
        aria-label={t('chat.composer')}
        placeholder={t('chat.composer.placeholder')}
        onChange={(event) => change(event.target.value)}
        onKeyDown={keyDown}
        className="scroll-thin field-sizing-content max-h-48 min-h-8 min-w-0 flex-1 resize-none bg-transparent px-1.5 py-[5px] text-14 outline-none placeholder:text-fg-3"
      />
      <Suspense>{Library && <Library text={text} onText={change} />}</Suspense>
      {tools}
      {running && onStop ? (
        <button
          type="button"
          aria-label={t('chat.stop')}
          title={t('chat.stop')}
          onClick={onStop}
          className="flex size-8 shrink-0 items-center justify-center rounded-lg bg-surface-3 text-fg transition-colors hover:bg-line-strong"
        >
          <Square size={12} fill="currentColor" />
        </button>
      ) : (
        <button
          type="button"
          aria-label={t('chat.send')}
          title={t('chat.send')}
          disabled={!sendable}
          onClick={send}
          className={cx(
            'flex size-8 shrink-0 items-center justify-center rounded-lg transition-colors',
            sendable ? 'bg-accent text-accent-fg hover:bg-accent-hover' : 'cursor-not-allowed bg-surface-3 text-fg-3',
          )}
        >
          <ArrowUp size={16} />
        </button>
      )}
    </div>
  );
}
