import { Link } from '@tanstack/react-router';
import { Activity, RefreshCw } from 'lucide-react';
import { lazy, memo, Suspense, useState } from 'react';
import type { Attachment, Citation, Message } from '@/api/types';
import { withWords } from '@/i18n';
import { t } from './words';
import { formatCost, formatNumber } from '@/i18n/format';
import { IconButton } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { cx } from '@/ui/cx';
import { type LiveRun, useLiveRun } from './live-runs';

const AnswerThumbs = lazy(withWords(() => import('@/features/feedback/answer-thumbs')));
const Markdown = lazy(withWords(() => import('./markdown')));
export const messageParts = withWords(() => import('./more/message-parts'));
const Lost = lazy(async () => ({ default: (await messageParts()).Lost }));
const AnswerError = lazy(async () => ({ default: (await messageParts()).AnswerError }));
const Carried = lazy(async () => ({ default: (await messageParts()).Carried }));
const Branches = lazy(async () => ({ default: (await messageParts()).Branches }));
const EditQuestion = lazy(async () => ({ default: (await messageParts()).EditQuestion }));
const ModelMenu = lazy(async () => ({ default: (await messageParts()).ModelMenu }));
const QuestionTools = lazy(async () => ({ default: (await messageParts()).QuestionTools }));
/** For composers; what they have in common with visitors' page does without. */
export const Library = lazy(async () => ({ default: (await messageParts()).Library }));

/** What a reader wants of a message. */
export type Act =
  | { kind: 'open'; message: Message; citation: Citation }
  | { kind: 'again'; message: Message; model?: string }
  | { kind: 'edit'; message: Message; text: string; files: Attachment[] }
  /** Another message in its place. */
  | { kind: 'pick'; id: string }
  | { kind: 'compare'; message: Message };

interface MessageViewProps {
  message: Message;
  isLast: boolean;
  /** Whether there is no other answer yet: what can be done with it is said in words. */
  isOnly: boolean;
  /** Whether it is the one that was looked for. */
  marked: boolean;
  /** Chunk whose passage is open in the side panel. */
  active: string | null;
  onAct: (act: Act) => void;
}

export const MessageView = memo(function MessageView(props: MessageViewProps) {
  return (
    <div
      data-message={props.message.id}
      className={cx('rounded-lg', props.marked && 'outline-2 outline-offset-4 outline-accent')}
    >
      {props.message.role === 'user' ? <Question {...props} /> : <Answer {...props} />}
    </div>
  );
});

export type BranchesProps = Pick<MessageViewProps, 'message' | 'onAct'>;

/** What leads to other messages in the same place, when there are any. */
function branches(props: BranchesProps) {
  return (
    props.message.siblings.length > 1 && (
      <Suspense>
        <Branches {...props} />
      </Suspense>
    )
  );
}

function Question({ message, onAct }: MessageViewProps) {
  const { text, id, attachments } = message;
  const [edited, setEdited] = useState<string | null>(null);
  if (edited === id) {
    return (
      <Suspense>
        <EditQuestion
          text={text}
          files={attachments}
          onCancel={() => setEdited(null)}
          onSend={(changed, files) => {
            setEdited(null);
            onAct({ kind: 'edit', message, text: changed, files });
          }}
        />
      </Suspense>
    );
  }
  return (
    <div className="message group/question flex flex-wrap items-end justify-end gap-1">
      {attachments.length > 0 && (
        <Suspense>
          <Carried files={attachments} className="w-full justify-end" />
        </Suspense>
      )}
      <span className="flex opacity-0 transition-opacity group-hover/question:opacity-100 focus-within:opacity-100 pointer-coarse:opacity-100">
        <Suspense>
          <QuestionTools text={text} onEdit={() => setEdited(id)} />
        </Suspense>
      </span>
      <p
        data-testid="question"
        dir="auto"
        className="max-w-[85%] rounded-xl bg-surface-3 px-3.5 py-2 text-14 break-words whitespace-pre-wrap"
      >
        {text}
      </p>
      {branches({ message, onAct })}
    </div>
  );
}

function Answer({ message, isLast, isOnly, active, onAct }: MessageViewProps) {
  const live = useLiveRun(message.status === 'running' ? (message.run_id ?? null) : null);
  const text = live?.text ?? message.text;
  const citations = live?.citations ?? message.citations;
  const running = message.status === 'running' && !live?.ended;
  const error = live?.error ?? message.error;
  const open = (citation: Citation) => onAct({ kind: 'open', message, citation });

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
      <Suspense>{running && live?.lost && <Lost />}</Suspense>
      {!running && message.status === 'cancelled' && <p className="mt-2 text-12 text-fg-3">{t('chat.stopped')}</p>}
      {!running && error && (
        <Suspense>
          <AnswerError message={error.message} runId={message.run_id} />
        </Suspense>
      )}
      <div className="mt-1.5 -ms-1.5 flex h-7 items-center">
        {branches({ message, onAct })}
        {!running && (
          <>
            {text && <CopyButton text={text} label={t('chat.copy')} />}
            {isLast && (
              <>
                <IconButton small label={t('chat.regenerate')} onClick={() => onAct({ kind: 'again', message })}>
                  <RefreshCw size={14} />
                </IconButton>
                <Suspense>
                  <ModelMenu onChoose={(model) => onAct({ kind: 'again', message, model })} />
                </Suspense>
              </>
            )}
            {message.run_id && (
              <Link
                to="/runs/$id"
                params={{ id: message.run_id }}
                aria-label={t('chat.trace')}
                title={t('chat.trace')}
                className="inline-flex h-7 min-w-7 shrink-0 items-center justify-center gap-1.5 rounded-md px-1.5 text-12 text-fg-3 transition-colors hover:bg-surface-3 hover:text-fg"
              >
                <Activity size={14} />
                {isOnly && t('chat.trace')}
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
