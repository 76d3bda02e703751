import { ExternalLink, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { safeUrl } from '@/features/chat/links';
import { IconButton } from '@/ui/button';
import type { VisitorCitation } from './api';
import { ts } from './words';

/** The passage that an answer rests on: its text, and no more than the share lets out. */
export function Passage({ citation, onClose }: { citation: VisitorCitation; onClose: () => void }) {
  const closer = useRef<HTMLButtonElement>(null);
  const place = [citation.page ? ts('shared.page', { page: citation.page }) : '', citation.heading ?? ''].filter(Boolean).join(' · ');
  const url = citation.url ? safeUrl(citation.url) : '';
  useEffect(() => {
    const before = document.activeElement;
    closer.current?.focus();
    const press = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      // It closes the passage, not the page around it.
      event.preventDefault();
      onClose();
    };
    window.addEventListener('keydown', press, { capture: true });
    return () => {
      window.removeEventListener('keydown', press, { capture: true });
      if (before instanceof HTMLElement) before.focus();
    };
    // Focus moves once, when the panel opens.
    // oxlint-disable-next-line react/exhaustive-deps
  }, []);
  return (
    <aside
      aria-label={ts('shared.passage')}
      data-testid="passage"
      className="animate-panel fixed inset-0 z-30 flex flex-col bg-surface md:start-auto md:w-[380px] md:border-s md:border-line"
    >
      <header className="flex items-start gap-2 border-b border-line px-4 py-3">
        <span className="num mt-0.5 inline-flex h-[18px] min-w-[18px] items-center justify-center rounded-sm bg-accent px-1 text-11 font-medium text-accent-fg">
          {citation.number}
        </span>
        <div className="min-w-0 flex-1">
          <h2 className="font-semibold break-words">{citation.title}</h2>
          {place && <p className="text-12 break-words text-fg-3">{place}</p>}
        </div>
        <IconButton ref={closer} label={ts('shared.close')} small onClick={onClose}>
          <X size={16} />
        </IconButton>
      </header>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="scroll-thin min-h-0 flex-1 overflow-y-auto px-4 py-3" tabIndex={0} role="region" aria-label={citation.title}>
        <p dir="auto" className="text-14 break-words whitespace-pre-wrap">
          {citation.text}
        </p>
        {url && (
          <a href={url} target="_blank" rel="noopener noreferrer nofollow" className="mt-4 inline-flex items-center gap-1 rounded-sm text-accent hover:underline">
            {ts('shared.source')}
            <ExternalLink size={12} aria-hidden="true" />
          </a>
        )}
      </div>
    </aside>
  );
}
