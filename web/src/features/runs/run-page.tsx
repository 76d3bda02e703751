import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { ChevronLeft, GitCompareArrows } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { withWords } from '@/i18n';
import { formatAgo, formatCost, formatDateTime, formatNumber } from '@/i18n/format';
import { Button, buttonClass } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { useDocumentTitle } from '@/ui/use-document-title';
import { type Run, runQuery, runWaitsQuery } from './api';
import { callerOf, useCallerName } from './callers';
import { between, formatMs, tokensOf } from './measure';
import { versionOf } from './preview';
import { RunActions } from './run-actions';
import { StatusBadge } from './status';
import { TraceView } from './trace-view';
import { useTrace } from './use-trace';
import { tr } from './words';

const CompareDialog = lazy(withWords(() => import('./diff/compare-dialog')));

export function RunPage() {
  const { id } = useParams({ from: '/app/runs/$id' });
  return <RunView key={id} id={id} />;
}

function RunView({ id }: { id: string }) {
  const { data: run, error, refetch } = useQuery(runQuery(id));
  const trace = useTrace(run, { payloads: false });
  const waits = useQuery({ ...runWaitsQuery(id), enabled: run?.status === 'paused' });
  const asks = waits.data?.some((wait) => wait.status === 'open') ?? false;
  useDocumentTitle(run ? `${run.flow_name} · ${tr('runs.title')}` : tr('runs.title'));
  return (
    <div className="flex h-full flex-col">
      <header className="shrink-0 border-b border-line px-4 pt-3 pb-2.5 md:px-5">
        <Link to="/runs" className="-ms-1 inline-flex items-center gap-0.5 rounded-sm text-12 text-fg-2 hover:text-fg">
          <ChevronLeft size={14} className="rtl:-scale-x-100" />
          {tr('run.back')}
        </Link>
        {run && (
          <div className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-2">
            <h1 className="min-w-0 text-16 font-semibold break-words">{run.flow_name}</h1>
            <StatusBadge status={run.status} />
            <div className="ms-auto flex flex-wrap gap-2">
              {run.flow_id && (
                <Link to="/flows/$id" params={{ id: run.flow_id }} search={{ run: run.id }} className={buttonClass('secondary', 'sm')}>
                  {tr('run.editor')}
                </Link>
              )}
              <CompareRun run={run} />
              <RunActions run={run} steps={trace.steps} asks={asks} />
            </div>
            <RunFacts run={run} />
          </div>
        )}
      </header>
      {error && (
        <div className="p-4">
          <ProblemBox error={error} onRetry={() => void refetch()} />
        </div>
      )}
      {!run && !error && (
        <div className="p-4">
          <SkeletonRows />
        </div>
      )}
      {run && <TraceView run={run} trace={trace} />}
    </div>
  );
}

function CompareRun({ run }: { run: Run }) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button size="sm" onClick={() => setAsking(true)}>
        <GitCompareArrows size={13} />
        {tr('run.compare')}
      </Button>
      {asking && (
        <Suspense>
          <CompareDialog run={run} onClose={() => setAsking(false)} />
        </Suspense>
      )}
    </>
  );
}

function RunFacts({ run }: { run: Run }) {
  const duration = between(run.started_at, run.finished_at, Date.now());
  const cost = formatCost(run.usage.cost);
  const caller = useCallerName()(callerOf(run));
  const first = run.first_token_at && between(run.started_at, run.first_token_at, 0);
  return (
    <p className="num flex basis-full flex-wrap items-center gap-x-3 font-mono text-11 text-fg-2">
      <time dateTime={run.created_at} title={formatDateTime(run.created_at)}>
        {formatAgo(run.created_at)}
      </time>
      {duration !== null && <span>{formatMs(duration)}</span>}
      {typeof first === 'number' && <span data-testid="first-token">{tr('run.firstToken', { duration: formatMs(first) })}</span>}
      {tokensOf(run.usage) > 0 && (
        <span>
          {tr('unit.tokens.both', {
            input: formatNumber(run.usage.input_tokens),
            output: formatNumber(run.usage.output_tokens),
          })}
        </span>
      )}
      {cost && <span>{cost}</span>}
      <span>{versionOf(run)}</span>
      {caller && <span className="break-all">{tr('run.by', { who: caller })}</span>}
      <span className="flex min-w-0 items-center">
        <span className="truncate">{run.id}</span>
        <CopyButton text={run.id} label={tr('run.copy')} />
      </span>
    </p>
  );
}
