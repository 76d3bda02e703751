import { Link, type LinkProps } from '@tanstack/react-router';
import { Gauge as GaugeIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatDateTime } from '@/i18n/format';
import { buttonClass } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Empty } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { useLooked } from './live';
import { isOwn } from './time';
import { tm } from './words';

interface BoardProps<T> {
  query: { data: T | undefined; error: unknown; refetch: () => unknown; isPlaceholderData: boolean; dataUpdatedAt: number };
  /** The board, and what is to be said beside figures that are of now while another time is looked at. */
  children: (data: T, now: string | undefined) => ReactNode;
}

/** What a board shows while it is fetched, when that fails, and then; what was there stays. */
export function Board<T>({ query: { data, error, refetch, isPlaceholderData, dataUpdatedAt }, children }: BoardProps<T>) {
  const { past } = useLooked();
  const now = past ? tm('now.note', { when: formatDateTime(new Date(dataUpdatedAt).toISOString()) }) : undefined;
  return (
    <>
      {error !== null && error !== undefined && <ProblemBox error={error} className="mb-4" onRetry={() => void refetch()} />}
      {data === undefined ? (
        !error && <SkeletonRows rows={8} />
      ) : (
        <div aria-busy={isPlaceholderData} className={cx('transition-opacity', isPlaceholderData && 'opacity-60')}>
          {children(data, now)}
        </div>
      )}
    </>
  );
}

interface TileProps {
  name: string;
  value: string;
  note?: string | false | undefined;
  tone?: 'bad' | undefined;
  to?: LinkProps | undefined;
}

/** A number, and the way to what made it. */
export function Tile({ name, value, note, tone, to }: TileProps) {
  const inside = (
    <>
      <span className="block truncate text-12 text-fg-2">{name}</span>
      <span className={cx('num block text-16 font-semibold', tone === 'bad' && 'text-bad')}>{value}</span>
      {note && <span className="num block text-12 text-fg-3">{note}</span>}
    </>
  );
  const box = 'block min-w-0 rounded-lg border border-line bg-surface px-3 py-2';
  return (
    <li className="min-w-0">
      {to ? (
        <Link {...to} className={cx(box, 'h-full transition-colors hover:border-line-strong hover:bg-surface-2')}>
          {inside}
        </Link>
      ) : (
        <div className={cx(box, 'h-full')}>{inside}</div>
      )}
    </li>
  );
}

export function Tiles({ children }: { children: ReactNode }) {
  return <ul className="grid grid-cols-2 gap-2 sm:grid-cols-3 lg:grid-cols-6">{children}</ul>;
}

export function Charts({ children }: { children: ReactNode }) {
  return (
    <div className="grid grid-cols-1 gap-3 lg:grid-cols-2">
      {children}
      <p className="col-span-full text-12 text-fg-3 pointer-coarse:hidden">{tm('chart.zoom')}</p>
    </div>
  );
}

/** Nothing ended in this time. */
export function NoTraffic() {
  const { time, past } = useLooked();
  if (past) return <Empty icon={<GaugeIcon size={28} />} title={tm('none.past.title')} text={tm('none.past.text')} />;
  return (
    <Empty icon={<GaugeIcon size={28} />} title={tm('none.title')} text={tm('none.text')}>
      <Link to="/chat" className={buttonClass('primary')}>
        {tm('none.chat')}
      </Link>
      {(isOwn(time) || time.range !== '30d') && (
        <Link to="." search={{ range: '30d' }} className={buttonClass()}>
          {tm('none.longer')}
        </Link>
      )}
    </Empty>
  );
}
