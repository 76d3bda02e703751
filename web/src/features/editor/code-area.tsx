import { useEffect, useRef } from 'react';
import { cx } from '@/ui/cx';
import { CodeEditor, type CodeLanguage } from './code-mirror';
import { tc } from './canvas-words';

interface CodeAreaProps {
  id: string;
  label: string;
  'aria-describedby'?: string | undefined;
  'aria-invalid'?: boolean | undefined;
  disabled: boolean;
  language: CodeLanguage;
  text: string;
  onText: (text: string) => void;
  onBlur?: (() => void) | undefined;
}

/** A text of a program, with numbers of lines and colours. */
export function CodeArea({ id, label, disabled, language, text, onText, onBlur, ...rest }: CodeAreaProps) {
  const place = useRef<HTMLDivElement>(null);
  const code = useRef<CodeEditor | null>(null);
  const now = useRef({ onText, onBlur });
  const described = rest['aria-describedby'];
  const wrong = rest['aria-invalid'];
  const attributes: Record<string, string> = { id, 'aria-label': label, 'aria-description': tc('code.leave') };
  if (described) attributes['aria-describedby'] = described;
  if (wrong) attributes['aria-invalid'] = 'true';
  if (disabled) attributes.tabindex = '0';
  const first = useRef({ text, attributes });
  useEffect(() => {
    now.current = { onText, onBlur };
  });
  useEffect(() => {
    const parent = place.current;
    if (!parent) return undefined;
    const made = new CodeEditor({
      parent,
      ...first.current,
      readOnly: disabled,
      onText: (typed) => now.current.onText(typed),
      onLeave: () => now.current.onBlur?.(),
    });
    code.current = made;
    // What is typed into is no field to the browser, so its label leads nowhere by itself.
    const named = document.querySelector(`label[for="${CSS.escape(id)}"]`);
    const focus = () => made.focus();
    named?.addEventListener('click', focus);
    return () => {
      named?.removeEventListener('click', focus);
      made.close();
      code.current = null;
    };
  }, [id, disabled]);
  useEffect(() => {
    code.current?.put(text);
  }, [text]);
  useEffect(() => {
    void code.current?.speak(language).catch(() => {});
  }, [language, disabled]);
  const said = JSON.stringify(attributes);
  useEffect(() => {
    code.current?.describe(JSON.parse(said) as Record<string, string>);
  }, [said]);
  return (
    <div
      ref={place}
      data-testid="code"
      className={cx(
        'w-full min-w-0 overflow-hidden rounded-md border bg-surface text-fg transition-colors focus-within:border-accent focus-within:outline-2 focus-within:-outline-offset-1 focus-within:outline-accent',
        wrong ? 'border-bad' : 'border-line-strong hover:border-fg-3',
        disabled && 'opacity-60',
      )}
    />
  );
}
