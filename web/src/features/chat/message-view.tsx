import { Link } from '@tanstack/react-router';
import { Activity, RefreshCw } from 'lucide-react';
import { lazy, memo, Suspense, useCallback, useRef } from 'react';
import type { Citation, Message } from '@/api/types';
import { withWords } from '@/i18n';
import { t } from './words';
import { formatCost } from '@/features/runs/measure';
import { formatNumber } from '@/i18n/format';
import { IconButton } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { cx } from '@/ui/cx';
import { Notice } from '@/ui/problem';
import { type LiveRun, useLiveRun } from './live-runs';

const AnswerThumbs = lazy(withWords(() => import('@/features/feedback/answer-thumbs')));
const Markdown = lazy(withWords(() => import('./markdown')));

interface MessageViewProps {
  message: Message;
  isLast: boolean;
  /** Chunk whose passage is open in the side panel. */
  active: string | null;
  onOpen: (citation: Citation) => void;
  onRegenerate: () => void;
}

export const MessageView = memo(function MessageView(props: MessageViewProps) {
  return props.message.role === 'user' ? <Question text={props.message.text} /> : <Answer {...props} />;
}, sameMessage);

/** The handlers change on every render; what is shown does not. */
function sameMessage(before: MessageViewProps, after: MessageViewProps): boolean {
  return before.message === after.message && before.isLast === after.isLast && before.active === after.active;
}

function Question({ text }: { text: string }) {
  return (
    <div className="message group/question flex items-end justify-end gap-1">
      <span className="opacity-0 transition-opacity group-hover/question:opacity-100 focus-within:opacity-100 pointer-coarse:opacity-100">
        <CopyButton text={text} label={t('chat.copyQuestion')} />
      </span>
      <p
        data-testid="question"
        dir="auto"
        className="max-w-[85%] rounded-xl bg-surface-3 px-3.5 py-2 text-14 break-words whitespace-pre-wrap"
      >
        {text}
      </p>
    </div>
  );
}

function Answer({ message, isLast, active, onOpen, onRegenerate }: MessageViewProps) {
  const live = useLiveRun(message.status === 'running' ? (message.run_id ?? null) : null);
  const text = live?.text ?? message.text;
  const citations = live?.citations ?? message.citations;
  const running = message.status === 'running' && !live?.ended;
  const error = live?.error ?? message.error;
  const opener = useRef(onOpen);
  opener.current = onOpen;
  const open = useCallback((citation: Citation) => opener.current(citation), []);

  return (
    <article className="message" data-testid="answer" data-status={running ? 'running' : message.status} aria-busy={running}>
      {text ? (
        <div dir="auto" className={cx('prose', running && 'is-live')}>
          <Suspense fallback={<p className="whitespace-pre-wrap">{text}</p>}>
            <Markdown text={text} citations={citations} onOpen={open} active={active} />
          </Suspense>
        </div>
      ) : (
        running && <Waiting live={live} />
      )}
      {!running && message.status === 'cancelled' && <p className="mt-2 text-12 text-fg-3">{t('chat.stopped')}</p>}
      {!running && error && (
        <Notice tone="bad" className="mt-3">
          <p className="text-fg">{error.message}</p>
          {message.run_id && (
            <p className="mt-1 flex items-center gap-1 font-mono text-11 text-fg-2">
              <span className="truncate">{t('chat.run', { id: message.run_id })}</span>
              <CopyButton text={message.run_id} label={t('chat.copyRun')} />
            </p>
          )}
        </Notice>
      )}
      <div className="mt-1.5 -ms-1.5 flex h-7 items-center">
        {!running && (
          <>
            {text && <CopyButton text={text} label={t('chat.copy')} />}
            {isLast && (
              <IconButton small label={t('chat.regenerate')} onClick={onRegenerate}>
                <RefreshCw size={14} />
              </IconButton>
            )}
            {message.run_id && (
              <Link
                to="/runs/$id"
                params={{ id: message.run_id }}
                aria-label={t('chat.trace')}
                title={t('chat.trace')}
                className="inline-flex size-7 shrink-0 items-center justify-center rounded-md text-fg-3 transition-colors hover:bg-surface-3 hover:text-fg"
              >
                <Activity size={14} />
              </Link>
            )}
            <Suspense>{message.run_id && <AnswerThumbs run={message.run_id} />}</Suspense>
            <Footer message={message} />
          </>
        )}
      </div>
      <p className="sr-only" role="status">
        {running ? t('chat.writing') : isLast ? t('chat.written') : ''}
      </p>
    </article>
  );
}

function Waiting({ live }: { live: LiveRun | null }) {
  const words =
    live?.working === 'human'
      ? t('chat.paused')
      : live?.working === 'retrieve'
        ? t('chat.searching')
        : t('chat.thinking');
  return (
    <p className="flex items-center gap-2 text-14 text-fg-3">
      <span className="size-2 animate-pulse rounded-full bg-accent" aria-hidden="true" />
      {words}
    </p>
  );
}

function Footer({ message }: { message: Message }) {
  const tokens = message.usage ? message.usage.input_tokens + message.usage.output_tokens : 0;
  const cost = formatCost(message.usage?.cost);
  return (
    <span className="num ms-1.5 truncate font-mono text-11 text-fg-3">
      {message.model}
      {tokens > 0 && ` · ${t('chat.tokens', { count: formatNumber(tokens) })}`}
      {cost && cost !== '$0' && ` · ${cost}`}
    </span>
  );
}
