import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { withWords } from '@/i18n';
import { Notice } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { isOver, type Run, runWaitsQuery } from './api';
import { Part } from './step-panel';
import type { TraceStep } from './tree';
import { FieldsView, ValueView } from './value-view';
import { WentWrong } from './went-wrong';
import { tr } from './words';

const RunFeedback = lazy(withWords(() => import('@/features/feedback/run-feedback')));

const AnswerHere = lazy(withWords(() => import('@/features/inbox/answer-here')));

const LINK = 'rounded-sm text-accent hover:underline';

interface RunSummaryProps {
  run: Run;
  /** The step that a failed run failed for, and what leads to it. */
  reason?: TraceStep | null;
  onStep?: (path: string) => void;
}

/** What a run was given and came to, and where it belongs. */
export function RunSummary({ run, reason = null, onStep }: RunSummaryProps) {
  const waits = useQuery({ ...runWaitsQuery(run.id), enabled: run.status === 'paused' || run.status === 'running' });
  const open = run.status === 'paused' ? waits.data?.find((wait) => wait.status === 'open') : undefined;
  return (
    <section aria-label={run.flow_name} className="flex flex-col gap-5 p-4">
      {open && (
        <div className="flex flex-col gap-2">
          <Notice tone="warn">
            <p className="text-fg">{tr('run.asks')}</p>
          </Notice>
          <Suspense fallback={<SkeletonRows rows={3} />}>
            <AnswerHere wait={open} />
          </Suspense>
        </div>
      )}
      {run.error && (
        <Part title={tr('run.error')}>
          <WentWrong run={run} error={run.error} reason={reason} onStep={onStep} />
        </Part>
      )}
      <Origins run={run} />
      <Part title={tr('run.input')}>
        {Object.keys(run.input).length > 0 ? (
          <FieldsView name={tr('run.input')} value={run.input} />
        ) : (
          <p className="text-fg-3">{tr('run.noInput')}</p>
        )}
      </Part>
      {run.reply && (
        <Part title={tr('run.reply')}>
          <ValueView name={tr('run.reply')} value={run.reply} />
        </Part>
      )}
      {Object.keys(run.outputs).length > 0 && (
        <Part title={tr('run.outputs')}>
          <FieldsView name={tr('run.outputs')} value={run.outputs} />
        </Part>
      )}
      {isOver(run) && (
        <Suspense fallback={null}>
          <RunFeedback run={run} />
        </Suspense>
      )}
    </section>
  );
}

function Origins({ run }: { run: Run }) {
  if (!run.retry_of && !run.replay_of && !run.conversation_id && !run.trigger_id && !run.share_id) return null;
  return (
    <ul className="flex flex-col gap-1">
      {run.retry_of && (
        <li>
          <Link to="/runs/$id" params={{ id: run.retry_of }} className={`${LINK} break-all`}>
            {tr('run.retryOf', { id: run.retry_of })}
          </Link>
        </li>
      )}
      {run.replay_of && (
        <li>
          <Link to="/runs/$id" params={{ id: run.replay_of }} className={`${LINK} break-all`}>
            {tr('run.replayOf', { id: run.replay_of })}
          </Link>
        </li>
      )}
      {run.share_id && (
        <li>
          <Link to="/runs" search={{ share: run.share_id }} className={LINK}>
            {tr('run.share')}
          </Link>
        </li>
      )}
      {run.conversation_id && !run.share_id && (
        <li>
          <Link to="/chat/$id" params={{ id: run.conversation_id }} className={LINK}>
            {tr('run.conversation')}
          </Link>
        </li>
      )}
      {run.trigger_id && (
        <li>
          <Link to="/triggers/$id" params={{ id: run.trigger_id }} className={LINK}>
            {tr('run.trigger')}
          </Link>
        </li>
      )}
    </ul>
  );
}
