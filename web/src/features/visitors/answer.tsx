import { RefreshCw } from 'lucide-react';
import { lazy, Suspense, useMemo } from 'react';
import type { Citation } from '@/api/types';
import { withWords } from '@/i18n';
import { IconButton } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { cx } from '@/ui/cx';
import { Notice } from '@/ui/problem';
import type { VisitorCitation, VisitorMessage } from './api';
import type { Live } from './live';
import { failureWords } from './look';
import { withoutMarkers } from './markers';
import { ts } from './words';

const Markdown = lazy(withWords(() => import('@/features/chat/markdown')));

/** A passage as the chat's Markdown knows it; what visitors are not told is empty. */
function asCited(citation: VisitorCitation): Citation {
  return {
    number: citation.number,
    document_name: citation.title,
    chunk_id: String(citation.number),
    text: citation.text,
    page: citation.page ?? null,
    heading: citation.heading ?? null,
    document_id: '',
    knowledge_base_id: '',
    score: 0,
    by: 'marker',
  };
}

interface RichProps {
  text: string;
  citations: VisitorCitation[];
  /** Whether passages are shown at all. */
  cites: boolean;
  live?: boolean;
  active?: number | null;
  onOpen?: (citation: VisitorCitation) => void;
}

/** What a model wrote, drawn by the chat's own Markdown. */
export function Rich({ text, citations, cites, live, active, onOpen }: RichProps) {
  const cited = useMemo(() => citations.map(asCited), [citations]);
  const shown = cites ? text : withoutMarkers(text);
  const open = (citation: Citation) => {
    const found = citations.find(({ number }) => number === citation.number);
    if (found) onOpen?.(found);
  };
  return (
    <div dir="auto" className={cx('prose', live && 'is-live')}>
      <Suspense fallback={<p className="whitespace-pre-wrap">{shown}</p>}>
        <Markdown text={shown} citations={cited} onOpen={open} active={active ? String(active) : null} />
      </Suspense>
    </div>
  );
}

export function Working({ paused }: { paused: boolean }) {
  return (
    <p className="flex items-center gap-2 text-14 text-fg-3">
      <span className="size-2 animate-pulse rounded-full bg-accent" aria-hidden="true" />
      {paused ? ts('shared.paused') : ts('shared.working')}
    </p>
  );
}

/** Says that the server is away while an answer is being written. */
export function Lost({ live }: { live: Live | null }) {
  if (!live?.lost) return null;
  return (
    <p role="alert" className="mt-2 text-12 text-warn">
      {ts('shared.lost')}
    </p>
  );
}

export function Question({ text }: { text: string }) {
  return (
    <p data-testid="question" dir="auto" className="message max-w-[85%] self-end rounded-xl bg-surface-3 px-3.5 py-2 text-14 break-words whitespace-pre-wrap">
      {text}
    </p>
  );
}

interface AnswerProps {
  message: VisitorMessage;
  live: Live | null;
  isLast: boolean;
  cites: boolean;
  active: number | null;
  onOpen: (citation: VisitorCitation) => void;
  onAgain: () => void;
}

export function Answer({ message, live, isLast, cites, active, onOpen, onAgain }: AnswerProps) {
  const text = live?.text ?? message.text;
  const running = message.status === 'running' && !live?.ended;
  const problem = live?.problem ?? (message.error && failureWords(message.error.code));
  return (
    <article className="message" data-testid="answer" data-status={running ? 'running' : message.status} aria-busy={running}>
      {text ? (
        <Rich text={text} citations={live?.citations ?? message.citations} cites={cites} live={running} active={active} onOpen={onOpen} />
      ) : (
        running && <Working paused={live?.paused ?? false} />
      )}
      {running && <Lost live={live} />}
      {!running && message.status === 'cancelled' && <p className="mt-2 text-12 text-fg-3">{ts('shared.stopped')}</p>}
      {!running && problem && (
        <Notice tone="bad" className="mt-3">
          <p className="text-fg">{problem}</p>
        </Notice>
      )}
      <div className="mt-1.5 -ms-1.5 flex h-7 items-center">
        {!running && text && <CopyButton text={cites ? text : withoutMarkers(text)} label={ts('shared.copy')} />}
        {!running && isLast && (
          <IconButton small label={ts('shared.again')} onClick={onAgain}>
            <RefreshCw size={14} />
          </IconButton>
        )}
      </div>
      <p className="sr-only" role="status">
        {running ? ts('shared.writing') : isLast ? ts('shared.written') : ''}
      </p>
    </article>
  );
}
