import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { withWords } from '@/i18n';
import { buttonClass } from '@/ui/button';
import { Notice } from '@/ui/problem';
import { isOver, type Run, runWaitsQuery } from './api';
import { Part } from './step-panel';
import { FieldsView, ValueView } from './value-view';
import { tr } from './words';

const RunFeedback = lazy(withWords(() => import('@/features/feedback/run-feedback')));

const LINK = 'rounded-sm text-accent hover:underline';

/** What a run was given and came to, and where it belongs. */
export function RunSummary({ run }: { run: Run }) {
  const waits = useQuery({ ...runWaitsQuery(run.id), enabled: run.status === 'paused' || run.status === 'running' });
  const open = waits.data?.find((wait) => wait.status === 'open');
  return (
    <section aria-label={run.flow_name} className="flex flex-col gap-5 p-4">
      {open && (
        <Notice tone="warn">
          <p className="text-fg">{tr('run.asks')}</p>
          <p className="mt-0.5 break-words text-fg-2">{open.title}</p>
          <Link to="/inbox" search={{ wait: open.id }} className={`${buttonClass('primary', 'sm')} mt-2`}>
            {tr('run.asks.open')}
          </Link>
        </Notice>
      )}
      {run.error && (
        <Part title={tr('run.error')}>
          <Notice tone="bad">
            <p className="break-words text-fg">{run.error.message}</p>
            <p className="mt-0.5 font-mono text-11 text-fg-2">{run.error.limit ?? run.error.code}</p>
          </Notice>
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
