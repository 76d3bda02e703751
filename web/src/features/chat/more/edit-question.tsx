import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { Attachment } from '@/api/types';
import { Button } from '@/ui/button';
import { Kept } from '../files/kept';
import { t } from './words';

interface EditProps {
  text: string;
  files: Attachment[];
  onSend: (text: string, files: Attachment[]) => void;
  onCancel: () => void;
}

/** A question in other words, where it stands. ⌘⏎ asks it, Escape leaves it as it is. */
export default function EditQuestion({ text, files, onSend, onCancel }: EditProps) {
  // What was imported without its bytes cannot be asked with again.
  const [kept, setKept] = useState(() => files.filter(({ id }) => id));
  const [edited, setEdited] = useState(text);
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    box.current?.focus();
    box.current?.setSelectionRange(text.length, text.length);
  }, [text]);
  const sendable = edited.trim() !== '';
  const press = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (event.key === 'Escape') onCancel();
    else if (event.key === 'Enter' && (event.metaKey || event.ctrlKey) && sendable) onSend(edited.trim(), kept);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="rounded-xl border border-line-strong bg-surface p-2 focus-within:border-accent">
      <Kept files={kept} onChange={setKept} />
      <textarea
        ref={box}
        rows={2}
        dir="auto"
        value={edited}
        aria-label={t('edit.label')}
        onChange={(event) => setEdited(event.target.value)}
        onKeyDown={press}
        className="scroll-thin field-sizing-content max-h-72 w-full resize-none bg-transparent px-1.5 py-1 text-14 outline-none"
      />
      <div className="flex justify-end gap-2">
        <Button size="sm" onClick={onCancel}>
          {t('action.cancel')}
        </Button>
        <Button size="sm" kind="primary" disabled={!sendable} onClick={() => onSend(edited.trim(), kept)}>
          {t('edit.send')}
        </Button>
      </div>
    </div>
  );
}
