import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from '@/ui/button';
import { close, embed } from './api';
import { ts } from './words';

/** The page's own name at the top, what can be done there, and the way out of a corner. */
export function Bar({ name, children }: { name: string; children?: ReactNode }) {
  return (
    <header className="flex h-12 shrink-0 items-center gap-1 border-b border-line bg-surface px-3">
      <span className="me-2 size-2.5 shrink-0 rounded-full bg-accent" aria-hidden="true" />
      <h1 className="min-w-0 flex-1 truncate text-14 font-semibold">{name}</h1>
      {children}
      {embed === '1' && (
        <IconButton label={ts('shared.close')} onClick={close}>
          <X size={16} />
        </IconButton>
      )}
    </header>
  );
}

/** What readers of a page somebody else made should know. */
export function Made() {
  return <footer className="px-4 pt-2 pb-[max(8px,env(safe-area-inset-bottom))] text-center text-11 text-fg-3">{ts('shared.made')}</footer>;
}

interface StartProps {
  greeting: string;
  starters: string[];
  onChoose?: (text: string) => void;
}

/** What stands there before anybody has asked. */
export function Start({ greeting, starters, onChoose }: StartProps) {
  return (
    <div className="flex flex-col gap-5">
      {greeting && (
        <p dir="auto" className="text-16 break-words whitespace-pre-wrap">
          {greeting}
        </p>
      )}
      {starters.length > 0 && (
        <ul aria-label={ts('shared.starters')} className="grid gap-2 sm:grid-cols-2">
          {starters.map((question) => (
            <li key={question}>
              <button
                type="button"
                dir="auto"
                disabled={!onChoose}
                onClick={() => onChoose?.(question)}
                className="h-full w-full rounded-lg border border-line bg-surface px-3 py-2.5 text-start break-words text-fg-2 transition-colors hover:border-accent hover:text-fg"
              >
                {question}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
