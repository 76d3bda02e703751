import { BookMarked } from 'lucide-react';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { withWords } from '@/i18n';
import { IconButton } from '@/ui/button';
import { joined } from './variables';
import { tp } from './words';

const Picker = lazy(withWords(() => import('./picker')));

/** What the key of `/` writes, with input methods, too. */
const SLASH = /^[/／、]$/;

export interface LibraryProps {
  /** What the composer has. */
  text: string;
  onText: (text: string) => void;
}

/** The composer's way to prompts: a button, and `/` where nothing was typed yet. */
export default function Library({ text, onText }: LibraryProps) {
  const [open, setOpen] = useState<'key' | 'button' | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  useSlash(text, () => setOpen('key'));
  const close = (after: string) => {
    setOpen(null);
    onText(after);
    // The dialog gives the focus back first to where it was.
    requestAnimationFrame(() => {
      const box = button.current?.parentElement?.querySelector('textarea');
      box?.focus();
      box?.setSelectionRange(after.length, after.length);
    });
  };
  return (
    <>
      <IconButton ref={button} label={tp('prompts.choose')} aria-haspopup="dialog" className="rounded-lg" onClick={() => setOpen('button')}>
        <BookMarked size={16} />
      </IconButton>
      <Suspense>
        {open && (
          <Picker
            // Nothing that was typed is lost: the text begins with / after all.
            onClose={(typed) => close(open === 'key' ? text + typed : text)}
            onChoose={(prompt) => close(open === 'key' ? prompt : joined(text, prompt))}
          />
        )}
      </Suspense>
    </>
  );
}

/** Tells of a `/` that was typed where nothing was, once no input method is composing it. */
function useSlash(text: string, onSlash: () => void): void {
  const before = useRef(text);
  const composing = useRef(false);
  const look = useRef(onSlash);
  look.current = onSlash;
  useEffect(() => {
    const begin = () => {
      composing.current = true;
    };
    const end = () => {
      composing.current = false;
    };
    document.addEventListener('compositionstart', begin);
    document.addEventListener('compositionend', end);
    return () => {
      document.removeEventListener('compositionstart', begin);
      document.removeEventListener('compositionend', end);
    };
  }, []);
  useEffect(() => {
    const was = before.current;
    before.current = text;
    if (was === '' && SLASH.test(text) && !composing.current) look.current();
  }, [text]);
}
