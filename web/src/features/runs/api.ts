import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import { queryClient } from '@/api/query-client';
import type { components } from '@/api/schema';
import { compareNames } from '@/i18n/format';
import { resolved } from './when';

type Schemas = components['schemas'];
export type Run = Schemas['Run'];
export type RunStatus = Schemas['RunStatus'];
export type Wait = Schemas['Wait'];
export type FlowSummary = Schemas['FlowSummary'];

export const STATUSES: RunStatus[] = ['queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled'];
const TERMINAL: ReadonlySet<RunStatus> = new Set(['succeeded', 'failed', 'cancelled']);

export const isOver = (run: Run) => TERMINAL.has(run.status);
/** Somebody works on it, or is about to. */
export const isGoing = (run: Run) => !isOver(run) && run.status !== 'paused';

export interface RunFilter {
  /** A text of their input, reply, error or flow's name, or how their id begins. */
  q?: string | undefined;
  flow?: string | undefined;
  status?: RunStatus | undefined;
  /** That somebody gave them. */
  rating?: Schemas['Rating'] | undefined;
  annotated?: boolean | undefined;
  /** What visitors of one share asked for. */
  share?: string | undefined;
  /** Who asked for them: the id of a user, a key or a trigger, `operator` or `me`. */
  user?: string | undefined;
  /** They began then or later: a time, or how long ago, such as `1h`. */
  from?: string | undefined;
  /** They began before then. */
  to?: string | undefined;
}

export const isFiltered = ({ annotated, ...texts }: RunFilter) => annotated !== undefined || Object.values(texts).some(Boolean);

const PAGE = 50;

/** One page of runs, newest first. A search may give a page with little or nothing on it that others follow. */
export function runPage(filter: RunFilter, after: string | undefined) {
  return call(client.GET('/api/v1/runs', { params: { query: { ...resolved(filter, Date.now()), limit: PAGE, after } } }));
}

/** Runs, newest first; looked at again every few seconds, more often while some are going. */
export function runsQuery(filter: RunFilter) {
  return infiniteQueryOptions({
    queryKey: ['runs', filter],
    queryFn: ({ pageParam }) => runPage(filter, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    refetchInterval: ({ state }) => (state.data?.pages.some((page) => page.items.some(isGoing)) ? 1500 : 4000),
  });
}

export function runQuery(id: string) {
  return queryOptions({
    queryKey: ['run', id],
    queryFn: () => call(client.GET('/api/v1/runs/{id}', { params: { path: { id } } })),
  });
}

export function runWaitsQuery(id: string) {
  return queryOptions({
    queryKey: ['run', id, 'waits'],
    queryFn: async () => (await call(client.GET('/api/v1/runs/{id}/waits', { params: { path: { id } } }))).items,
  });
}

/** Every flow, for choosing among them. */
export const allFlowsQuery = queryOptions({
  queryKey: ['flows', 'all'],
  queryFn: async () => {
    const flows: FlowSummary[] = [];
    let after: string | undefined;
    do {
      const page = await call(client.GET('/api/v1/flows', { params: { query: { limit: 200, after } } }));
      flows.push(...page.items);
      after = page.next ?? undefined;
    } while (after);
    return flows.toSorted((one, other) => compareNames(one.name, other.name));
  },
  staleTime: 0,
});

/** What is wanted of a run's steps. */
export interface StepsWanted {
  after: number | undefined;
  /** How many at most; all the rest when absent. */
  limit: number | undefined;
  /** Whether with what they had and gave, and what they asked of models. */
  payloads: boolean;
}

/** One page of a run's finished steps, in the order they ended. */
export function stepPage(id: string, { payloads, ...query }: StepsWanted) {
  return call(client.GET('/api/v1/runs/{id}/steps', { params: { path: { id }, query: payloads ? query : { ...query, payloads } } }));
}

/** One step with all that is known of it. What ended does not change any more. */
export function stepQuery(run: string, step: string) {
  return queryOptions({
    queryKey: ['run-step', run, step],
    queryFn: () => call(client.GET('/api/v1/runs/{id}/steps/{step}', { params: { path: { id: run, step } } })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function refreshRun(id: string) {
  return queryClient.invalidateQueries({ queryKey: ['run', id] });
}

const at = (id: string) => ({ params: { path: { id } } });

async function told(id: string, request: Promise<Run>): Promise<Run> {
  const run = await request;
  await refreshRun(id);
  void queryClient.invalidateQueries({ queryKey: ['runs'] });
  return run;
}

export const cancelRun = (id: string) => told(id, call(client.POST('/api/v1/runs/{id}/cancel', at(id))));
export const pauseRun = (id: string) => told(id, call(client.POST('/api/v1/runs/{id}/pause', at(id))));
export const resumeRun = (id: string) => told(id, call(client.POST('/api/v1/runs/{id}/resume', at(id))));
export const retryRun = (id: string) => told(id, call(client.POST('/api/v1/runs/{id}/retry', at(id))));
export const replayRun = (id: string, pins: string[], published: boolean) =>
  told(id, call(client.POST('/api/v1/runs/{id}/replay', { ...at(id), body: { pins, published } })));
