import { Link } from '@tanstack/react-router';
import { type RefObject, useEffect, useRef, useSyncExternalStore } from 'react';
import { takesText } from '@/features/shortcuts/keys';
import { singleKeys } from '@/features/shortcuts/single-keys';
import { formatAgo, formatCost, formatDateTime, formatNumber } from '@/i18n/format';
import { cx } from '@/ui/cx';
import { Card } from '@/ui/page';
import { WindowedList } from '@/ui/windowed-list';
import type { Run } from './api';
import { callerOf, useCallerName } from './callers';
import { between, formatMs, tokensOf } from './measure';
import { askedOf, cameOf, versionOf } from './preview';
import { RowMarks } from './row-marks';
import { StatusBadge } from './status';
import { tr } from './words';

const COLUMNS =
  'md:grid md:grid-cols-[minmax(0,1fr)_88px_108px_84px] md:items-center md:gap-3 lg:grid-cols-[minmax(0,1fr)_112px_88px_108px_84px_84px_72px]';
const ROW = 40;
/** Where there are no columns, the numbers have a line of their own. */
const TALL_ROW = 72;
const rowHeight = () => ROW;
const tallRowHeight = () => TALL_ROW;

const COLUMNS_FIT = '(min-width: 48rem)';
function onFit(listener: () => void): () => void {
  const media = window.matchMedia(COLUMNS_FIT);
  media.addEventListener('change', listener);
  return () => media.removeEventListener('change', listener);
}

/** x chooses the row that has the focus. */
function useChooseKey(list: RefObject<HTMLDivElement | null>, onChoose: (id: string) => void): void {
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

interface RunRowsProps {
  runs: Run[];
  chosen: ReadonlySet<string>;
  onChoose: (id: string) => void;
}

/** Runs, a row each; of thousands only those exist that are seen. */
export function RunRows({ runs, chosen, onChoose }: RunRowsProps) {
  const list = useRef<HTMLDivElement>(null);
  const nameOf = useCallerName();
  const wide = useSyncExternalStore(onFit, () => window.matchMedia(COLUMNS_FIT).matches);
  useChooseKey(list, onChoose);
  return (
    <div ref={list}>
      <Card>
        <div aria-hidden="true" className={`hidden border-b border-line py-1.5 ps-10 pe-4 text-12 text-fg-3 ${COLUMNS}`}>
          <span>{tr('runs.col.flow')}</span>
          <span className="max-lg:hidden">{tr('runs.filter.user')}</span>
          <span>{tr('runs.col.status')}</span>
          <span>{tr('runs.col.started')}</span>
          <span className="text-end">{tr('runs.col.duration')}</span>
          <span className="text-end max-lg:hidden">{tr('runs.col.tokens')}</span>
          <span className="text-end max-lg:hidden">{tr('runs.col.cost')}</span>
        </div>
        <WindowedList label={tr('runs.title')} items={runs} keyOf={({ id }) => id} heightOf={wide ? rowHeight : tallRowHeight}>
          {(run) => <RunRow run={run} who={nameOf(callerOf(run))} chosen={chosen.has(run.id)} onChoose={onChoose} />}
        </WindowedList>
      </Card>
    </div>
  );
}

interface RunRowProps {
  run: Run;
  who: string;
  chosen: boolean;
  onChoose: (id: string) => void;
}

function RunRow({ run, who, chosen, onChoose }: RunRowProps) {
  const duration = between(run.started_at, run.finished_at, Date.now());
  const tokens = tokensOf(run.usage);
  const cost = formatCost(run.usage.cost);
  return (
    <div data-testid="run" data-run={run.id} data-status={run.status} className={cx('flex h-full', chosen && 'bg-accent-soft')}>
      <label className="flex cursor-pointer items-center ps-4 pe-2">
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
        className={`block min-w-0 flex-1 self-stretch rounded-lg ps-2 pe-4 transition-colors hover:bg-surface-2 focus-visible:-outline-offset-2 max-md:py-1.5 ${COLUMNS}`}
      >
        <span className="block min-w-0">
          <span className="flex min-w-0 items-center gap-2 leading-5">
            <span className="truncate font-medium">{run.flow_name}</span>
            <span className="num shrink-0 text-11 text-fg-3">{versionOf(run)}</span>
            {run.marks && <RowMarks marks={run.marks} />}
            <span className="ms-auto md:hidden">
              <StatusBadge status={run.status} />
            </span>
          </span>
          <Preview run={run} />
        </span>
        <span className="truncate text-12 text-fg-2 max-lg:hidden" title={who || undefined}>
          {who || '–'}
        </span>
        <span className="hidden md:block">
          <StatusBadge status={run.status} />
        </span>
        <span className="num mt-0.5 flex gap-x-3 overflow-hidden text-12 whitespace-nowrap text-fg-2 md:contents">
          <time dateTime={run.created_at} title={formatDateTime(run.created_at)} className="truncate">
            {formatAgo(run.created_at)}
          </time>
          <span className="md:text-end">{duration === null ? '–' : formatMs(duration)}</span>
          <span className="text-end max-lg:hidden">{tokens > 0 ? tr('unit.tokens', { count: formatNumber(tokens) }) : '–'}</span>
          <span className="text-end max-lg:hidden">{cost ?? '–'}</span>
          {who && <span className="truncate md:hidden">{who}</span>}
        </span>
      </Link>
    </div>
  );
}

/** What was asked and what came of it, on one line: what tells two runs of one flow apart. */
function Preview({ run }: { run: Run }) {
  const [asked, came] = [askedOf(run), cameOf(run)];
  return (
    <span data-testid="preview" className="flex min-w-0 gap-1.5 text-12 leading-4 text-fg-3">
      {asked && <span className={cx('truncate', came ? 'max-w-[50%] shrink-0' : 'min-w-0')}>{asked}</span>}
      {came && (
        <>
          <span aria-hidden="true" className="rtl:-scale-x-100">
            →
          </span>
          <span className={cx('min-w-0 truncate', run.error ? 'text-bad' : 'text-fg-2')}>{came}</span>
        </>
      )}
      {!asked && !came && <span>–</span>}
    </span>
  );
}
