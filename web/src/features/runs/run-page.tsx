import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { ChevronLeft, GitCompareArrows } from 'lucide-react';
import { lazy, Suspense, useEffect, useMemo, useState } from 'react';
import { withWords } from '@/i18n';
import { formatAgo, formatCost, formatDateTime, formatNumber } from '@/i18n/format';
import { Button, buttonClass } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { cx } from '@/ui/cx';
import { Notice, ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { useDocumentTitle } from '@/ui/use-document-title';
import { isOver, type Run, runQuery, runWaitsQuery } from './api';
import { between, formatMs, tokensOf } from './measure';
import { RunActions } from './run-actions';
import { RunSummary } from './run-summary';
import { StatusBadge } from './status';
import { StepList } from './step-list';
import { StepPanel } from './step-panel';
import { type Span, timeLine } from './timeline';
import type { Trace } from './trace';
import { ancestors, buildTree, findNode, rowsOf, type TraceStep, type TreeNode } from './tree';
import { useTrace } from './use-trace';
import { tr, trn } from './words';

const CompareDialog = lazy(withWords(() => import('./diff/compare-dialog')));

/** More steps than this begin with their rounds closed. */
const MANY = 300;

export function RunPage() {
  const { id } = useParams({ from: '/app/runs/$id' });
  return <RunView key={id} id={id} />;
}

function RunView({ id }: { id: string }) {
  const { data: run, error, refetch } = useQuery(runQuery(id));
  const trace = useTrace(run);
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
      <span>{run.flow_id ? tr('run.revision', { number: run.revision }) : tr('run.notStored')}</span>
      <span className="flex min-w-0 items-center">
        <span className="truncate">{run.id}</span>
        <CopyButton text={run.id} label={tr('run.copy')} />
      </span>
    </p>
  );
}

/** The time somebody works; waiting for people is not work, and containers only hold it. */
function* workOf(steps: TraceStep[], now: number): Generator<Span> {
  const holders = new Set(steps.flatMap((step) => ancestors(step.path)));
  for (const step of steps) {
    if (step.status === 'skipped') continue;
    const end = step.kind === 'human' || holders.has(step.path) ? step.start : (step.end ?? now);
    yield [step.start, end];
  }
}

/** The present, told anew while something is at work. */
function useNow(ticking: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!ticking) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [ticking]);
  return now;
}

function TraceView({ run, trace }: { run: Run; trace: Trace }) {
  const { step: selected = null } = useSearch({ from: '/app/runs/$id' });
  const navigate = useNavigate({ from: '/runs/$id' });
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map());
  const present = useNow(!isOver(run) && run.status !== 'paused');
  // What has no end yet in a run that is over is only not read yet.
  const now = run.finished_at ? Date.parse(run.finished_at) : present;
  const many = trace.steps.length > MANY;
  const tree = useMemo(() => buildTree(trace.steps), [trace.steps]);
  // The way to a step that the address names is open.
  const wayThere = useMemo(() => new Set(selected ? ancestors(selected) : []), [selected]);
  const isOpen = (node: TreeNode) => toggled.get(node.path) ?? (wayThere.has(node.path) || !many || node.round === null);
  const rows = rowsOf(tree, isOpen);
  const working = trace.steps.some((step) => step.status === 'running');
  const tick = working ? now : 0;
  const line = useMemo(() => timeLine(workOf(trace.steps, tick)), [trace.steps, tick]);
  const node = selected ? findNode(tree, selected) : null;
  const select = (path: string | null) => void navigate({ search: { step: path ?? undefined }, replace: true });
  const toggle = (one: TreeNode) => setToggled(new Map(toggled).set(one.path, !isOpen(one)));
  const holders = tree.some((root) => root.children.length > 0);
  const setAll = (open: boolean) => {
    const all = new Map<string, boolean>();
    const walk = (level: TreeNode[]) => {
      for (const one of level) {
        if (one.children.length > 0) all.set(one.path, open);
        walk(one.children);
      }
    };
    walk(tree);
    setToggled(all);
  };

  return (
    <div className="flex min-h-0 flex-1 flex-col lg:flex-row">
      <div
        className={cx(
          'flex min-h-0 min-w-0 flex-1 flex-col border-line lg:border-e',
          node && 'hidden lg:flex',
          !node && 'max-lg:max-h-[55%] max-lg:border-b',
        )}
      >
        <div className="flex h-9 shrink-0 items-center gap-2 border-b border-line pe-3 ps-4 text-12 text-fg-3">
          <h2 className="font-medium text-fg-2">{tr('run.steps')}</h2>
          <span className="num" data-testid="step-count">
            {trace.whole ? trn('run.steps', trace.steps.length) : tr('run.steps.more', { count: formatNumber(trace.steps.length) })}
          </span>
          {holders && (
            <span className="ms-auto flex gap-1">
              <Button size="sm" kind="ghost" onClick={() => setAll(true)}>
                {tr('tree.openAll')}
              </Button>
              <Button size="sm" kind="ghost" onClick={() => setAll(false)}>
                {tr('tree.closeAll')}
              </Button>
            </span>
          )}
        </div>
        {trace.lost && (
          <Notice tone="warn" className="m-3">
            {tr('run.lost')}
          </Notice>
        )}
        {trace.error ? <ProblemBox error={trace.error} className="m-3" /> : null}
        {rows.length > 0 ? (
          <StepList rows={rows} line={line} now={now} selected={selected} onSelect={select} onToggle={toggle} />
        ) : (
          <NoSteps run={run} whole={trace.whole} failed={Boolean(trace.error)} />
        )}
      </div>
      <div className="scroll-thin min-h-0 min-w-0 flex-1 overflow-y-auto lg:w-[44%] lg:max-w-[560px] lg:flex-none" tabIndex={-1}>
        {node ? <StepPanel key={node.path} node={node} onClose={() => select(null)} /> : <RunSummary run={run} />}
      </div>
    </div>
  );
}

function NoSteps({ run, whole, failed }: { run: Run; whole: boolean; failed: boolean }) {
  if (failed) return null;
  if (!whole) {
    return (
      <div className="px-4">
        <SkeletonRows />
      </div>
    );
  }
  return <p className="p-4 text-fg-2">{isOver(run) ? tr('run.steps.kept') : tr('run.steps.none')}</p>;
}
