import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Activity, Pause, Play } from 'lucide-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { asApiError } from '@/api/errors';
import { t } from '@/i18n';
import { formatDateTime } from '@/i18n/format';
import { Button, buttonClass } from '@/ui/button';
import { Empty, Page } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { allFlowsQuery, isFiltered, type RunFilter } from './api';
import { ChosenRuns } from './chosen-runs';
import { FilterBar } from './filter-bar';
import { FilterChips } from './filter-chips';
import { NoRuns } from './no-runs';
import { readBackTo } from './run-list';
import { RunRows } from './run-rows';
import { useLookAgain, useRuns } from './use-runs';
import { tr } from './words';

const NONE: ReadonlySet<string> = new Set();

export function RunsPage() {
  const filter = useSearch({ from: '/app/runs' });
  const navigate = useNavigate({ from: '/runs' });
  const [live, setLive] = useState(true);
  const set = useCallback((change: RunFilter) => void navigate({ search: (before) => ({ ...before, ...change }), replace: true }), [navigate]);
  return (
    <Page
      title={tr('runs.title')}
      lead={tr('runs.lead')}
      wide
      actions={
        <Button onClick={() => setLive(!live)} aria-label={tr(live ? 'live.pause' : 'live.go')} title={tr(live ? 'live.pause' : 'live.go')}>
          {live ? <Pause size={14} /> : <Play size={14} />}
          {tr(live ? 'live.on' : 'live.off')}
        </Button>
      }
    >
      <FilterBar filter={filter} onSet={set} />
      <FilterChips filter={filter} onSet={set} />
      <Found key={JSON.stringify(filter)} filter={filter} live={live} />
    </Page>
  );
}

/** The runs that fit, and what can be done with them. */
function Found({ filter, live }: { filter: RunFilter; live: boolean }) {
  const list = useRuns(filter);
  const { runs, data, error, refetch, seeks } = list;
  const [chosen, setChosen] = useState(NONE);
  const choose = useCallback((id: string) => {
    setChosen((before) => {
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  }, []);
  if (error && filter.flow && asApiError(error).status === 404) return <UnknownFlow flow={filter.flow} />;
  return (
    <>
      {error && <ProblemBox error={error} onRetry={() => void refetch()} className="mb-4" />}
      {!data && !error && <SkeletonRows rows={8} />}
      {data && <LookAgain filter={filter} live={live} readAt={list.dataUpdatedAt} />}
      {data && runs.length === 0 && !seeks && (isFiltered(filter) ? <NoneFits searched={Boolean(filter.q) && list.hasNextPage} /> : <NoRuns />)}
      {runs.length > 0 && <RunRows runs={runs} chosen={chosen} onChoose={choose} />}
      {data && <End filter={filter} list={list} />}
      {chosen.size > 0 && <ChosenRuns runs={runs.filter(({ id }) => chosen.has(id))} onNone={() => setChosen(NONE)} />}
    </>
  );
}

/** Keeps the list as it is now; it has nothing to show of its own. */
function LookAgain({ filter, live, readAt }: { filter: RunFilter; live: boolean; readAt: number }) {
  useLookAgain(filter, live, readAt);
  return null;
}

function NoneFits({ searched }: { searched: boolean }) {
  return (
    <Empty icon={<Activity size={28} />} title={tr(searched ? 'runs.none.yet' : 'runs.none.filtered')} text="">
      <Link to="/runs" search={{}} className={buttonClass()}>
        {tr('runs.filter.clear')}
      </Link>
    </Empty>
  );
}

/** A filter by a flow that is not there any more, or never was. */
function UnknownFlow({ flow }: { flow: string }) {
  const known = useQuery(allFlowsQuery).data?.some(({ id, slug }) => id === flow || slug === flow);
  return (
    <Empty icon={<Activity size={28} />} title={tr(known ? 'runs.none.filtered' : 'runs.none.unknown', { flow })} text={tr('runs.none.unknown.text')}>
      <Link to="/runs" search={(before) => ({ ...before, flow: undefined })} className={buttonClass()}>
        {tr('runs.filter.flow.any')}
      </Link>
    </Empty>
  );
}

/** What stands below the rows: how far back was looked, and the way further. */
function End({ filter, list }: { filter: RunFilter; list: ReturnType<typeof useRuns> }) {
  const { read, seeks, hasNextPage, isFetchingNextPage, fetchNextPage, further } = list;
  const back = read ? readBackTo(read) : null;
  const searched = Boolean(filter.q);
  const end = useRef<HTMLDivElement>(null);
  const goesOn = hasNextPage && !isFetchingNextPage && !searched && !list.isError;
  useEffect(() => {
    const box = end.current;
    if (!box || !goesOn) return undefined;
    const seen = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting) void fetchNextPage();
    }, { rootMargin: '600px' });
    seen.observe(box);
    return () => seen.disconnect();
  }, [goesOn, fetchNextPage]);
  if (!hasNextPage && !(searched && read && read.pages.length > 1)) return null;
  const when = back === null ? null : formatDateTime(new Date(back).toISOString());
  return (
    <div ref={end} className="mt-4 flex min-h-8 flex-wrap items-center justify-center gap-x-3 gap-y-2 text-12 text-fg-2">
      {searched && (
        <span role="status" className="num" data-testid="looked-back">
          {seeks ? tr('runs.looking', { when: when ?? '' }) : when === null ? tr('runs.looked.all') : tr('runs.looked', { when })}
        </span>
      )}
      {hasNextPage && !seeks && (
        <Button busy={isFetchingNextPage} onClick={() => (searched ? further() : void fetchNextPage())}>
          {searched ? tr('runs.further') : t('action.more')}
        </Button>
      )}
    </div>
  );
}
