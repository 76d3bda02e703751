import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { queryClient } from '@/api/query-client';
import { call, client } from '@/api/client';
import { isGoing, type Run, type RunFilter, runPage } from './api';
import { reconcile, type RunPages, updated } from './run-list';

/** Runs behind the first page that are asked for by themselves while they go on. */
const MOST_BEHIND = 10;
/** A search goes on by itself over so many pages, or until it has so many runs. */
const PATIENCE = 10;
const ENOUGH = 25;

const listKey = (filter: RunFilter) => ['run-list', filter];
const readPages = (filter: RunFilter) => queryClient.getQueryData<RunPages>(listKey(filter));
const runsOf = (read: RunPages | undefined) => read?.pages.flatMap(({ items }) => items) ?? [];

/** Looks at the first page again, and at those behind it that go on, and takes in what changed. */
async function lookAgain(filter: RunFilter): Promise<number> {
  const head = await runPage(filter, undefined);
  const known = new Set(head.items.map(({ id }) => id));
  const behind = runsOf(readPages(filter)).filter((run) => isGoing(run) && !known.has(run.id));
  const found = await Promise.allSettled(behind.slice(0, MOST_BEHIND).map(({ id }) => call(client.GET('/api/v1/runs/{id}', { params: { path: { id } } }))));
  const went = found.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const read = readPages(filter);
  if (read) queryClient.setQueryData<RunPages>(listKey(filter), updated(reconcile(read, head), went, filter));
  return Date.now();
}

/** Keeps a list that was read as it is now, while it is live. */
export function useLookAgain(filter: RunFilter, live: boolean, readAt: number): void {
  useQuery({
    queryKey: ['runs', 'head', filter],
    queryFn: () => lookAgain(filter),
    initialData: 0,
    initialDataUpdatedAt: readAt,
    staleTime: live ? 1000 : Number.POSITIVE_INFINITY,
    refetchInterval: live ? () => (runsOf(readPages(filter)).some(isGoing) ? 1500 : 4000) : false,
    refetchOnWindowFocus: live,
  });
}

/** The runs of a filter, as far as they were read. */
export function useRuns(filter: RunFilter) {
  const list = useInfiniteQuery({
    queryKey: listKey(filter),
    queryFn: ({ pageParam }) => runPage(filter, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const [patience, setPatience] = useState(PATIENCE);
  const read: RunPages | undefined = data;
  const runs: Run[] = runsOf(read);
  // Pages of a search may be empty: it goes on, but not through years.
  const seeks = Boolean(filter.q) && hasNextPage && runs.length < ENOUGH && (data?.pages.length ?? 0) < patience;
  useEffect(() => {
    if (seeks && !isFetchingNextPage && !list.isError) void fetchNextPage();
  }, [seeks, isFetchingNextPage, fetchNextPage, list.isError]);
  const further = () => {
    setPatience((data?.pages.length ?? 0) + PATIENCE);
    void fetchNextPage();
  };
  return { ...list, runs, read, seeks, further };
}
