import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useDeferredValue, useEffect, useMemo, useState } from 'react';
import { queryClient } from '@/api/query-client';
import { withWords } from '@/i18n';
import { cx } from '@/ui/cx';
import { Notice, ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { isOver, type Run, runWaitsQuery, stepQuery, type Wait } from './api';
import { blamed, failedPaths, matching } from './find-steps';
import { tokensOf } from './measure';
import { RunSummary } from './run-summary';
import { StepList } from './step-list';
import { StepPanel } from './step-panel';
import { isLight } from './step-tabs';
import { type Span, timeLine } from './timeline';
import { TimeAxis } from './time-axis';
import type { Trace } from './trace';
import { TraceBar } from './trace-bar';
import { ancestors, buildTree, findNode, rowsOf, type TraceStep, type TreeNode, type TreeRow } from './tree';
import { useTraceKeys } from './use-trace-keys';
import { tr } from './words';

const AnswerHere = lazy(withWords(() => import('@/features/inbox/answer-here')));

/** More steps than this begin with their rounds closed. */
const MANY = 300;

/**
 * The time somebody works; waiting for people is not work, and containers only hold it. A wait that
 * goes on has its beginning and its end on the line, so that it can be seen.
 */
function* workOf(steps: TraceStep[], now: number): Generator<Span> {
  const holders = new Set(steps.flatMap((step) => ancestors(step.path)));
  for (const step of steps) {
    if (step.status === 'skipped') continue;
    const still = step.kind === 'human' || holders.has(step.path);
    yield [step.start, still ? step.start : (step.end ?? now)];
    if (step.kind === 'human' && step.end === null) yield [now, now];
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

/** Fetches the steps above and below the chosen one, so that j and k wait for nothing. */
function useNeighbours(run: string, rows: TreeRow[], selected: string | null): void {
  const at = selected ? rows.findIndex(({ node }) => node.path === selected) : -1;
  const near = at < 0 ? [] : [rows[at + 1], rows[at - 1]];
  const ids = near.flatMap((row) => (row?.node.step?.record && isLight(row.node.step.record) ? [row.node.step.id] : [])).join(' ');
  useEffect(() => {
    for (const id of ids.split(' ')) if (id) void queryClient.prefetchQuery(stepQuery(run, id));
  }, [run, ids]);
}

/** Every node that holds others, open or closed. */
function holdersOf(level: TreeNode[], open: boolean, all = new Map<string, boolean>()): Map<string, boolean> {
  for (const one of level) {
    if (one.children.length > 0) all.set(one.path, open);
    holdersOf(one.children, open, all);
  }
  return all;
}

/** Which step is chosen and which of its tabs, in the address; and what of the tree is open. */
function useChosen() {
  const { step: selected = null, tab } = useSearch({ from: '/app/runs/$id' });
  const navigate = useNavigate({ from: '/runs/$id' });
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map());
  const select = (path: string | null) => {
    // The way there is opened, also where it was closed by hand.
    const closed = path ? ancestors(path).filter((key) => toggled.get(key) === false) : [];
    if (closed.length > 0) setToggled(new Map([...toggled].filter(([key]) => !closed.includes(key))));
    void navigate({ search: { step: path ?? undefined, tab }, replace: true });
  };
  const show = (next: string) => void navigate({ search: { step: selected ?? undefined, tab: next }, replace: true });
  return { selected, tab, toggled, setToggled, select, show };
}

export function TraceView({ run, trace }: { run: Run; trace: Trace }) {
  const { selected, tab, toggled, setToggled, select, show } = useChosen();
  const [text, setText] = useState('');
  const wanted = useDeferredValue(text);
  const waits = useQuery({ ...runWaitsQuery(run.id), enabled: run.status === 'paused' });
  const wait = run.status === 'paused' ? waits.data?.find((one) => one.status === 'open') : undefined;
  const present = useNow(!isOver(run) && run.status !== 'paused');
  // What has no end yet in a run that is over is only not read yet.
  const now = run.finished_at ? Date.parse(run.finished_at) : present;
  const many = trace.steps.length > MANY;
  const tree = useMemo(() => buildTree(trace.steps), [trace.steps]);
  const found = useMemo(() => matching(tree, wanted), [tree, wanted]);
  const failed = useMemo(() => failedPaths(tree), [tree]);
  // The way to a step that the address names is open.
  const way = selected ? ancestors(selected).join('\n') : '';
  const searching = wanted.trim() !== '';
  const isOpen = useMemo(() => {
    const wayThere = new Set(way.split('\n'));
    return (node: TreeNode) => searching || (toggled.get(node.path) ?? (wayThere.has(node.path) || !many || node.round === null));
  }, [way, searching, toggled, many]);
  // Of thousands of rows: going from one to the next one beside it changes none.
  const rows = useMemo(() => rowsOf(found, isOpen), [found, isOpen]);
  const working = trace.steps.some((step) => step.status === 'running');
  const measured = useMemo(() => trace.steps.some(({ record }) => tokensOf(record?.usage) > 0 || Boolean(record?.usage.cost)), [trace.steps]);
  const tick = working ? now : 0;
  const line = useMemo(() => timeLine(workOf(trace.steps, tick)), [trace.steps, tick]);
  const node = selected ? findNode(tree, selected) : null;
  useNeighbours(run.id, rows, selected);
  useTraceKeys({ rows, failed, selected, onSelect: select });
  const reason = run.error ? blamed(trace.steps, run.error.message) : null;

  return (
    <div className="flex min-h-0 flex-1 flex-col lg:flex-row">
      <div className={cx('@container flex min-h-0 min-w-0 flex-1 flex-col border-line lg:border-e', node && 'hidden lg:flex', !node && 'max-lg:max-h-[55%] max-lg:border-b')}>
        <TraceBar
          trace={trace}
          text={text}
          onText={setText}
          found={searching ? found : null}
          failed={failed}
          selected={selected}
          onSelect={select}
          {...(tree.some((root) => root.children.length > 0) && { onAll: (open: boolean) => setToggled(holdersOf(tree, open)) })}
        />
        {trace.lost && (
          <Notice tone="warn" className="m-3">
            {tr('run.lost')}
          </Notice>
        )}
        {trace.error ? <ProblemBox error={trace.error} className="m-3" /> : null}
        {rows.length > 0 ? (
          <>
            <TimeAxis line={line} measured={measured} />
            <StepList rows={rows} line={line} now={now} measured={measured} selected={selected} onSelect={select} onToggle={(one) => setToggled(new Map(toggled).set(one.path, !isOpen(one)))} />
          </>
        ) : searching ? (
          <p className="p-4 text-fg-2">{tr('trace.none')}</p>
        ) : (
          <NoSteps run={run} whole={trace.whole} failed={Boolean(trace.error)} />
        )}
      </div>
      <div className="scroll-thin min-h-0 min-w-0 flex-1 overflow-y-auto lg:w-[44%] lg:max-w-[560px] lg:flex-none" tabIndex={-1}>
        {node ? (
          <StepPanel key={node.path} node={node} run={run.id} tab={tab} onTab={show} onClose={() => select(null)} asking={asks(wait, node) && <Asked wait={wait} />} />
        ) : (
          <RunSummary run={run} reason={reason} onStep={select} />
        )}
      </div>
    </div>
  );
}

const asks = (wait: Wait | undefined, node: TreeNode): wait is Wait => wait !== undefined && (wait.path ?? wait.node) === node.path;

function Asked({ wait }: { wait: Wait }) {
  return (
    <Suspense fallback={<SkeletonRows rows={3} />}>
      <AnswerHere wait={wait} />
    </Suspense>
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
