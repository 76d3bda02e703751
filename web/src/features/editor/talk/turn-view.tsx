import { RefreshCw, Waypoints } from 'lucide-react';
import { lazy, memo, Suspense } from 'react';
import type { Citation } from '@/api/types';
import { type LiveRun, useLiveRun } from '@/features/chat/live-runs';
import { t as tc } from '@/features/chat/words';
import { formatMs } from '@/features/runs/measure';
import { StatusBadge } from '@/features/runs/status';
import { withWords } from '@/i18n';
import { Button, IconButton } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { cx } from '@/ui/cx';
import { Notice } from '@/ui/problem';
import { isDone, type Turn } from './turns';
import { tt } from './words';

const Markdown = lazy(withWords(() => import('@/features/chat/markdown')));

/** What a reader wants of a turn. */
export type Wish = { kind: 'draw'; turn: Turn } | { kind: 'again'; turn: Turn } | { kind: 'open'; citation: Citation; answer: string };

interface TurnViewProps {
  turn: Turn;
  isLast: boolean;
  /** Whether its run is the one that is drawn. */
  drawn: boolean;
  /** Whether it can be asked again now. */
  mayAsk: boolean;
  /** Chunk whose passage is open. */
  active: string | null;
  onWish: (wish: Wish) => void;
}

/** A question to the draft, its answer as far as it has come, and the way to its run. */
export const TurnView = memo(function TurnView({ turn, isLast, drawn, mayAsk, active, onWish }: TurnViewProps) {
  const going = !isDone(turn);
  const live = useLiveRun(going ? turn.run : null);
  const text = live?.text ?? turn.text;
  return (
    <div data-testid="turn" data-status={turn.status} data-run={turn.run ?? undefined} className={cx('flex flex-col gap-2 rounded-lg', drawn && 'outline outline-offset-4 outline-accent-line')}>
      <p dir="auto" className="max-w-[90%] self-end rounded-xl bg-surface-3 px-3 py-1.5 break-words whitespace-pre-wrap">
        {turn.question}
      </p>
      <div aria-busy={going} className="min-w-0">
        {text ? (
          <div dir="auto" className={cx('prose', going && 'is-live')}>
            <Suspense fallback={<p className="whitespace-pre-wrap">{text}</p>}>
              <Markdown text={text} citations={live?.citations ?? turn.citations} active={active} onOpen={(citation) => onWish({ kind: 'open', citation, answer: text })} />
            </Suspense>
          </div>
        ) : (
          <Silence turn={turn} live={live} />
        )}
        {live?.lost && (
          <p role="alert" className="mt-2 text-12 text-warn">
            {tt('talk.lost')}
          </p>
        )}
        {turn.status === 'failed' && (
          <Notice tone="bad" className="mt-2">
            <p className="break-words text-fg">{turn.error ?? (turn.run ? tt('talk.failed') : tt('talk.unsent'))}</p>
          </Notice>
        )}
      </div>
      <div className="-ms-1 flex min-h-7 flex-wrap items-center gap-1">
        <StatusBadge status={live?.working === 'human' ? 'paused' : going ? 'running' : turn.status} />
        {turn.took !== null && <span className="num px-1 font-mono text-11 text-fg-2">{formatMs(turn.took)}</span>}
        {turn.run && (
          <Button size="sm" kind="ghost" aria-pressed={drawn} className="aria-pressed:text-accent" onClick={() => onWish({ kind: 'draw', turn })}>
            <Waypoints size={13} />
            {drawn ? tt('talk.drawn') : tt('talk.draw')}
          </Button>
        )}
        {!going && text && <CopyButton text={text} label={tc('chat.copy')} />}
        {turn.status === 'failed' ? (
          <Button size="sm" kind="ghost" disabled={!mayAsk} onClick={() => onWish({ kind: 'again', turn })}>
            <RefreshCw size={13} />
            {tc('action.tryAgain')}
          </Button>
        ) : (
          isLast &&
          !going && (
            <IconButton small label={tt('talk.again')} disabled={!mayAsk} onClick={() => onWish({ kind: 'again', turn })}>
              <RefreshCw size={14} />
            </IconButton>
          )
        )}
      </div>
    </div>
  );
});

/** What is said where an answer has no words, or none yet. */
function Silence({ turn, live }: { turn: Turn; live: LiveRun | null }) {
  if (turn.status === 'failed') return null;
  if (isDone(turn)) return <p className="text-fg-2">{turn.status === 'cancelled' ? tc('chat.stopped') : tt('talk.noReply')}</p>;
  return (
    <p className="flex items-center gap-2 text-fg-2">
      <span className="size-2 animate-pulse rounded-full bg-accent" aria-hidden="true" />
      {live?.working === 'human' ? tc('chat.paused') : live?.working === 'retrieve' ? tc('chat.searching') : tc('chat.thinking')}
    </p>
  );
}
