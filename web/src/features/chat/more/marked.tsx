import type { ReactNode } from 'react';

/** A text with what was found in it marked; the places count characters, as the server does. */
export function Marked({ text, marks }: { text: string; marks: number[][] }) {
  const characters = [...text];
  const out: ReactNode[] = [];
  let at = 0;
  for (const [start = 0, end = 0] of marks) {
    out.push(characters.slice(at, start).join(''));
    out.push(
      <mark key={start} className="rounded-sm bg-mark text-fg">
        {characters.slice(start, end).join('')}
      </mark>,
    );
    at = end;
  }
  out.push(characters.slice(at).join(''));
  return <>{out}</>;
}
