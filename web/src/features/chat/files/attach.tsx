import { FileText, Paperclip, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { formatBytes } from '@/i18n/format';
import { IconButton } from '@/ui/button';
import { cx } from '@/ui/cx';
import { usePicture } from './content';
import { type Held, type Item, useHeld } from './held';
import { t } from '../more/words';

interface AttachProps {
  /** Under which name the files of an unsent question are kept. */
  draftKey: string;
  onChange: (held: Held) => void;
}

/** The composer's files: chosen, dropped anywhere on the page, or pasted into the question. */
export default function Attach({ draftKey, onChange }: AttachProps) {
  const { items, add, remove } = useHeld(draftKey, onChange);
  const chooser = useRef<HTMLInputElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const over = useDropped(add);
  usePasted(button, add);
  const drop = (item: Item) => {
    remove(item);
    button.current?.focus();
  };
  return (
    <>
      {items.length > 0 && (
        <ul aria-label={t('files.list')} className="order-first flex w-full basis-full flex-wrap gap-2 px-1 pt-1">
          {items.map((item) => (
            <Chip key={item.key} item={item} onRemove={() => drop(item)} />
          ))}
        </ul>
      )}
      <input
        ref={chooser}
        type="file"
        multiple
        hidden
        data-testid="attach-input"
        onChange={(event) => {
          add([...(event.target.files ?? [])]);
          // The same file may be chosen again.
          event.target.value = '';
        }}
      />
      <button
        ref={button}
        type="button"
        aria-label={t('files.attach')}
        title={t('files.attach')}
        onClick={() => chooser.current?.click()}
        className="flex size-8 shrink-0 items-center justify-center rounded-lg text-fg-3 transition-colors hover:bg-surface-3 hover:text-fg"
      >
        <Paperclip size={16} aria-hidden="true" />
      </button>
      {over && (
        <div aria-hidden="true" className="pointer-events-none fixed inset-0 z-40 grid place-items-center bg-overlay p-6">
          <p className="rounded-xl border-2 border-dashed border-accent bg-surface px-6 py-4 text-16 font-medium text-fg">
            {t('files.drop')}
          </p>
        </div>
      )}
    </>
  );
}

function Chip({ item, onRemove }: { item: Item; onRemove: () => void }) {
  const { name, bytes, sent, attachment, error } = item;
  const isPicture = attachment ? attachment.kind === 'picture' : item.preview !== undefined;
  const state = error ?? (attachment ? formatBytes(bytes) : sent < 1 ? `${Math.round(sent * 100)} %` : t('files.reading'));
  return (
    <li
      data-testid="attachment"
      data-state={error ? 'failed' : attachment ? 'there' : 'sending'}
      className={cx(
        'flex max-w-full items-center gap-2 rounded-lg border bg-surface-2 py-1 ps-1 pe-0.5',
        error ? 'border-bad-line' : 'border-line',
      )}
    >
      {isPicture ? (
        <Thumbnail item={item} />
      ) : (
        <FileText size={20} className="mx-1.5 shrink-0 text-fg-3" aria-hidden="true" />
      )}
      <span className="min-w-0">
        <span className={cx('block truncate text-12', error ? 'max-w-72' : 'max-w-44')} title={name}>
          {name}
        </span>
        <span
          role={error ? 'alert' : 'status'}
          className={cx('num block text-11', error ? 'max-w-72 break-words text-bad' : 'text-fg-3')}
        >
          {state}
        </span>
      </span>
      <IconButton small label={t('files.remove', { name })} onClick={onRemove}>
        <X size={14} aria-hidden="true" />
      </IconButton>
    </li>
  );
}

function Thumbnail({ item }: { item: Item }) {
  const kept = usePicture(item.preview ? undefined : item.attachment?.id);
  const url = item.preview ?? kept.url;
  return (
    <span className="size-9 shrink-0 overflow-hidden rounded-md bg-surface-3">
      {url && <img src={url} alt="" className="size-full object-cover" />}
    </span>
  );
}

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;

/** Whether files are held over the page; what is dropped is taken. */
function useDropped(add: (files: File[]) => void): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    let away = 0;
    const hold = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      // Without this the browser would open the file in place of the page.
      event.preventDefault();
      window.clearTimeout(away);
      setOver(true);
    };
    // Leaving one element for the next is followed by another of these at once.
    const leave = () => {
      window.clearTimeout(away);
      away = window.setTimeout(() => setOver(false), 100);
    };
    const drop = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      window.clearTimeout(away);
      setOver(false);
      add([...(event.dataTransfer?.files ?? [])]);
    };
    window.addEventListener('dragover', hold);
    window.addEventListener('dragleave', leave);
    window.addEventListener('drop', drop);
    return () => {
      window.clearTimeout(away);
      window.removeEventListener('dragover', hold);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('drop', drop);
    };
  }, [add]);
  return over;
}

/** Pictures and files pasted into the composer are attached; text that comes with them stays text. */
function usePasted(within: { current: HTMLElement | null }, add: (files: File[]) => void): void {
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      const data = event.clipboardData;
      if (!data || data.files.length === 0 || data.types.includes('text/plain')) return;
      const composer = within.current?.parentElement;
      if (!(event.target instanceof Node) || !composer?.contains(event.target)) return;
      event.preventDefault();
      add([...data.files]);
    };
    document.addEventListener('paste', paste);
    return () => document.removeEventListener('paste', paste);
  }, [within, add]);
}
