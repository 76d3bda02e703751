import { useEffect, useState } from 'react';
import { formatDateTime } from '@/i18n/format';
import { SkeletonRows } from '@/ui/skeleton';
import { Question, Rich } from './answer';
import { readSnapshot, type SnapshotPage, type VisitorCitation } from './api';
import { Closed } from './closed';
import { Bar, Made } from './frame';
import { Passage } from './passage';
import { ts } from './words';

/** Somebody's conversation as it was, to be read. */
export function SnapshotView() {
  const [page, setPage] = useState<SnapshotPage | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [open, setOpen] = useState<{ at: number; citation: VisitorCitation } | null>(null);
  const load = () => void readSnapshot().then(setPage, setProblem);
  const again = () => {
    setProblem(null);
    load();
  };
  useEffect(load, []);
  useEffect(() => {
    if (page) document.title = page.title;
  }, [page]);
  if (problem) return <Closed problem={problem} onRetry={again} />;
  return (
    <div className="flex h-full flex-col">
      <Bar name={page?.title ?? ''} />
      <main className="flex min-h-0 flex-1 flex-col" aria-label={ts('shared.messages')}>
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <div className="scroll-thin min-h-0 flex-1 overflow-y-auto" tabIndex={0} role="region" aria-label={page?.title ?? ts('shared.messages')}>
          <div className="mx-auto flex w-full max-w-[752px] flex-col gap-6 px-4 pt-6 pb-8">
            {!page && <SkeletonRows rows={4} />}
            {page && <p className="num text-12 text-fg-3">{ts('shared.snapshot', { time: formatDateTime(page.created_at) })}</p>}
            {page?.messages.map((message, at) =>
              message.role === 'user' ? (
                // Messages of what was once have no other name than their place.
                // oxlint-disable-next-line react/no-array-index-key
                <div key={at} className="flex flex-col gap-1.5">
                  {message.files?.map((name) => (
                    <span key={name} className="max-w-full self-end truncate rounded-md border border-line px-2 py-0.5 text-12 text-fg-2">
                      {name}
                    </span>
                  ))}
                  {message.text && <Question text={message.text} />}
                </div>
              ) : (
                // oxlint-disable-next-line react/no-array-index-key
                <article key={at} className="message" data-testid="answer" data-status="done">
                  <Rich text={message.text} citations={message.citations} cites active={open?.at === at ? open.citation.number : null} onOpen={(citation) => setOpen({ at, citation })} />
                </article>
              ),
            )}
          </div>
        </div>
        <Made />
      </main>
      {open && <Passage key={`${open.at} ${open.citation.number}`} citation={open.citation} onClose={() => setOpen(null)} />}
    </div>
  );
}
