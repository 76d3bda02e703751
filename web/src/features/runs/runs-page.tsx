import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Activity } from 'lucide-react';
import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import { takesText } from '@/features/shortcuts/keys';
import { singleKeys, useSingleKeys } from '@/features/shortcuts/single-keys';
import { t } from '@/i18n';
import { formatAgo, formatCost, formatDateTime, formatNumber } from '@/i18n/format';
import { Button, buttonClass } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Field, Select } from '@/ui/field';
import { Card, Empty, Page } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { allFlowsQuery, isFiltered, type Run, type RunFilter, type RunStatus, runsQuery, STATUSES } from './api';
import { WhenField, WhoField } from './filter-fields';
import { between, formatMs, tokensOf } from './measure';
import { RowMarks } from './row-marks';
import { StatusBadge } from './status';
import { ViewChips } from './view-chips';
import { tr, trn } from './words';

const NONE: ReadonlySet<string> = new Set();

export function RunsPage() {
  const filter = useSearch({ from: '/app/runs' });
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(runsQuery(filter));
  const runs = data?.pages.flatMap((page) => page.items) ?? [];
  const [chosen, setChosen] = useState(NONE);
  const choose = useCallback((id: string) => {
    setChosen((before) => {
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  }, []);
  const filtered = isFiltered(filter);
  return (
    <Page title={tr('runs.title')} lead={tr('runs.lead')}>
      <ViewChips filter={filter} />
      <Filters filter={filter} />
      {error && <ProblemBox error={error} onRetry={() => void refetch()} className="mb-4" />}
      {!data && !error && <SkeletonRows />}
      {data && runs.length === 0 && (
        <Empty
          icon={<Activity size={28} />}
          title={filtered ? tr('runs.none.filtered') : tr('runs.none')}
          text={filtered ? '' : tr('runs.none.text')}
        >
          {filtered ? (
            <Link to="/runs" search={{}} className={buttonClass()}>
              {tr('runs.filter.clear')}
            </Link>
          ) : (
            <Link to="/chat" className={buttonClass('primary')}>
              {tr('runs.none.chat')}
            </Link>
          )}
        </Empty>
      )}
      {runs.length > 0 && <RunList runs={runs} chosen={chosen} onChoose={choose} />}
      {chosen.size > 0 && <ChosenRuns runs={runs} chosen={chosen} onNone={() => setChosen(NONE)} />}
      {hasNextPage && (
        <div className="mt-4 flex justify-center">
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t('action.more')}
          </Button>
        </div>
      )}
    </Page>
  );
}

const NOTHING_SAID: RunFilter = { rating: undefined, annotated: undefined };
const SAID: Record<string, RunFilter> = {
  up: { rating: 'up', annotated: undefined },
  down: { rating: 'down', annotated: undefined },
  annotated: { rating: undefined, annotated: true },
};

function Filters({ filter }: { filter: RunFilter }) {
  const navigate = useNavigate({ from: '/runs' });
  const flows = useQuery(allFlowsQuery);
  const single = useSingleKeys();
  const set = (change: RunFilter) => void navigate({ search: { ...filter, ...change }, replace: true });
  return (
    <div className="mb-4 flex flex-wrap items-end gap-3">
      <Field label={tr('runs.filter.flow')} className="w-52 max-w-full">
        {(ids) => (
          <Select {...ids} value={filter.flow ?? ''} onChange={(event) => set({ flow: event.target.value || undefined })}>
            <option value="">{tr('runs.filter.flow.all')}</option>
            {flows.data?.map((flow) => (
              <option key={flow.id} value={flow.slug}>
                {flow.name}
              </option>
            ))}
            {filter.flow && !flows.data?.some(({ slug }) => slug === filter.flow) && (
              <option value={filter.flow}>{filter.flow}</option>
            )}
          </Select>
        )}
      </Field>
      <Field label={tr('runs.filter.status')} className="w-36">
        {(ids) => (
          <Select
            {...ids}
            value={filter.status ?? ''}
            onChange={(event) => set({ status: (event.target.value || undefined) as RunStatus | undefined })}
          >
            <option value="">{tr('runs.filter.status.all')}</option>
            {STATUSES.map((status) => (
              <option key={status} value={status}>
                {tr(`status.${status}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label={tr('runs.filter.said')} className="w-44">
        {(ids) => (
          <Select {...ids} value={filter.rating ?? (filter.annotated ? 'annotated' : '')} onChange={(event) => set(SAID[event.target.value] ?? NOTHING_SAID)}>
            <option value="">{tr('runs.filter.said.all')}</option>
            <option value="up">{tr('runs.filter.said.up')}</option>
            <option value="down">{tr('runs.filter.said.down')}</option>
            <option value="annotated">{tr('runs.filter.said.annotated')}</option>
          </Select>
        )}
      </Field>
      <WhoField filter={filter} onSet={set} />
      <WhenField filter={filter} onSet={set} />
      {filter.share && (
        <p className="flex h-8 items-center gap-2 text-fg-2">
          {tr('runs.filter.share')}
          <Button size="sm" onClick={() => set({ share: undefined })}>
            {tr('runs.filter.share.all')}
          </Button>
        </p>
      )}
      {single && <p className="ms-auto hidden pb-1.5 text-12 text-fg-3 md:block">{tr('runs.keys')}</p>}
    </div>
  );
}

const COLUMNS = 'md:grid md:grid-cols-[minmax(0,1fr)_100px_120px_96px_88px_80px] md:items-center md:gap-3';

interface ChoiceProps {
  chosen: ReadonlySet<string>;
  onChoose: (id: string) => void;
}

/** x chooses the row that has the focus. */
function useChooseKey(list: RefObject<HTMLUListElement | null>, onChoose: (id: string) => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== 'x' || event.metaKey || event.ctrlKey || event.altKey || event.isComposing || !singleKeys()) return;
      const row = document.activeElement?.closest<HTMLElement>('[data-run]');
      if (!row || !list.current?.contains(row) || takesText(document.activeElement)) return;
      event.preventDefault();
      onChoose(row.dataset.run ?? '');
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [list, onChoose]);
}

function RunList({ runs, chosen, onChoose }: ChoiceProps & { runs: Run[] }) {
  const list = useRef<HTMLUListElement>(null);
  useChooseKey(list, onChoose);
  return (
    <Card>
      <div aria-hidden="true" className={`hidden border-b border-line py-2 ps-10 pe-4 text-12 text-fg-3 ${COLUMNS}`}>
        <span>{tr('runs.col.flow')}</span>
        <span>{tr('runs.col.status')}</span>
        <span>{tr('runs.col.started')}</span>
        <span className="text-end">{tr('runs.col.duration')}</span>
        <span className="text-end">{tr('runs.col.tokens')}</span>
        <span className="text-end">{tr('runs.col.cost')}</span>
      </div>
      <ul ref={list} data-rows aria-label={tr('runs.title')} className="divide-y divide-line">
        {runs.map((run) => (
          <RunRow key={run.id} run={run} chosen={chosen.has(run.id)} onChoose={onChoose} />
        ))}
      </ul>
    </Card>
  );
}

function RunRow({ run, chosen, onChoose }: { run: Run; chosen: boolean; onChoose: (id: string) => void }) {
  const duration = between(run.started_at, run.finished_at, Date.now());
  const tokens = tokensOf(run.usage);
  const cost = formatCost(run.usage.cost);
  return (
    <li data-testid="run" data-run={run.id} data-status={run.status} className={cx('flex first:rounded-t-lg last:rounded-b-lg', chosen && 'bg-accent-soft')}>
      <label className="flex cursor-pointer items-center ps-4 pe-1">
        <input
          type="checkbox"
          className="size-3.5 accent-(--accent)"
          aria-label={tr('runs.choose', { name: run.flow_name, time: formatDateTime(run.created_at) })}
          checked={chosen}
          onChange={() => onChoose(run.id)}
        />
      </label>
      <Link
        to="/runs/$id"
        params={{ id: run.id }}
        className={`block min-w-0 flex-1 rounded-lg py-2 ps-2 pe-4 transition-colors hover:bg-surface-2 focus-visible:-outline-offset-2 ${COLUMNS}`}
      >
        <span className="flex min-w-0 items-center gap-2 md:block">
          <span className="flex min-w-0 flex-1 items-center gap-2">
            <span className="truncate font-medium">{run.flow_name}</span>
            {run.marks && <RowMarks marks={run.marks} />}
          </span>
          <span className="md:hidden">
            <StatusBadge status={run.status} />
          </span>
        </span>
        <span className="hidden md:block">
          <StatusBadge status={run.status} />
        </span>
        <span className="num mt-0.5 flex flex-wrap gap-x-3 text-12 text-fg-2 md:contents">
          <time dateTime={run.created_at} title={formatDateTime(run.created_at)}>
            {formatAgo(run.created_at)}
          </time>
          <span className="md:text-end">{duration === null ? '–' : formatMs(duration)}</span>
          <span className="md:text-end">{tokens > 0 ? tr('unit.tokens', { count: formatNumber(tokens) }) : '–'}</span>
          <span className="md:text-end">{cost ?? '–'}</span>
        </span>
      </Link>
    </li>
  );
}

/** What can be done with the rows that were chosen. */
function ChosenRuns({ runs, chosen, onNone }: { runs: Run[]; chosen: ReadonlySet<string>; onNone: () => void }) {
  // The list has the newest first; the older one of two comes first.
  const order = new Map(runs.map(({ id }, at) => [id, at]));
  const pair = [...chosen].toSorted((one, other) => (order.get(other) ?? 0) - (order.get(one) ?? 0)).join('..');
  return (
    <div className="sticky bottom-4 mt-3 flex justify-center">
      <div role="status" className="flex flex-wrap items-center gap-3 rounded-lg border border-line-strong bg-surface px-3 py-2 shadow-pop">
        <span className="num">{trn('runs.chosen', chosen.size)}</span>
        {chosen.size === 2 ? (
          <Link to="/runs/$id" params={{ id: pair }} className={buttonClass('primary', 'sm')}>
            {tr('runs.compare')}
          </Link>
        ) : (
          <span className="text-12 text-fg-2">{tr('runs.compare.two')}</span>
        )}
        <Button size="sm" kind="ghost" onClick={onNone}>
          {tr('runs.choose.none')}
        </Button>
      </div>
    </div>
  );
}
