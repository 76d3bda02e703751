import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ListTree } from 'lucide-react';
import { useEffect, useState } from 'react';
import { isOver, type Run, runsQuery } from '@/features/runs/api';
import { between, formatMs, tokensOf } from '@/features/runs/measure';
import { StatusBadge } from '@/features/runs/status';
import { retold } from '@/features/said/said';
import { t } from '@/i18n';
import { formatAgo, formatDateTime, formatNumber } from '@/i18n/format';
import { Button, buttonClass } from '@/ui/button';
import { cx } from '@/ui/cx';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { tl } from './late-words';
import { preview } from './variables';
import { te } from './words';

interface HistoryTabProps {
  /** The flow's id. */
  flow: string;
  /** The run that is drawn. */
  run: string | null;
  onChoose: (run: string | null) => void;
}

/** The runs of this flow, newest first; a chosen one is drawn over the canvas. */
export function HistoryTab({ flow, run, onChoose }: HistoryTabProps) {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(runsQuery({ flow }));
  const runs = data?.pages.flatMap((page) => page.items) ?? [];
  const now = useNow(runs.some((one) => !isOver(one)));
  if (error && !data) return <ProblemBox error={retold(error)} onRetry={() => void refetch()} className="m-3" />;
  if (!data) {
    return (
      <div className="p-4">
        <SkeletonRows rows={3} />
      </div>
    );
  }
  if (runs.length === 0) return <p className="p-4 text-fg-2">{tl('history.none')}</p>;
  return (
    <>
      <ul aria-label={te('dock.history')} className="divide-y divide-line">
        {runs.map((one) => (
          <Row key={one.id} run={one} now={now} chosen={one.id === run} onChoose={() => onChoose(one.id === run ? null : one.id)} />
        ))}
      </ul>
      {hasNextPage && (
        <p className="p-3 text-center">
          <Button size="sm" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t('action.more')}
          </Button>
        </p>
      )}
    </>
  );
}

/** The time, each second while something goes on. */
function useNow(going: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!going) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [going]);
  return now;
}

/** The values of an input by themselves, in one line. */
function shortInput(input: Run['input']): string {
  return Object.values(input as Record<string, unknown>)
    .map((value) => preview(value, 80))
    .filter(Boolean)
    .join(' · ');
}

interface RowProps {
  run: Run;
  now: number;
  chosen: boolean;
  onChoose: () => void;
}

function Row({ run, now, chosen, onChoose }: RowProps) {
  const took = between(run.started_at, run.finished_at, now);
  const tokens = tokensOf(run.usage);
  return (
    <li className={cx('flex items-center gap-1 pe-2', chosen ? 'bg-surface-3' : 'hover:bg-surface-2')} data-testid="history-run" data-run={run.id} data-status={run.status}>
      <button type="button" aria-pressed={chosen} title={tl('history.draw')} onClick={onChoose} className="flex min-w-0 flex-1 flex-wrap items-center gap-x-3 gap-y-0.5 px-3 py-1.5 text-start focus-visible:-outline-offset-2">
        <span className="w-24 shrink-0">
          <StatusBadge status={run.status} />
        </span>
        <time dateTime={run.created_at} title={formatDateTime(run.created_at)} className="num w-24 shrink-0 truncate text-12 text-fg-2">
          {formatAgo(run.created_at, now)}
        </time>
        <span className="num w-16 shrink-0 text-end font-mono text-11 text-fg-2">{took === null ? '' : formatMs(took)}</span>
        <span className="num w-20 shrink-0 text-end font-mono text-11 text-fg-2 max-sm:hidden">{tokens > 0 ? te('trace.tokens', { count: formatNumber(tokens) }) : ''}</span>
        <span className="w-12 shrink-0 text-12 text-fg-2">{run.revision > 0 ? tl('versions.number', { number: run.revision }) : te('head.draft')}</span>
        <span className="min-w-0 flex-1 basis-40 truncate text-12">{shortInput(run.input)}</span>
      </button>
      <Link to="/runs/$id" params={{ id: run.id }} aria-label={tl('history.trace', { time: formatDateTime(run.created_at) })} title={tl('run.trace')} className={cx(buttonClass('ghost', 'sm'), 'w-7 !px-0')}>
        <ListTree size={14} aria-hidden="true" />
      </Link>
    </li>
  );
}
