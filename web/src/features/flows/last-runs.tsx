import { Link } from '@tanstack/react-router';
import { formatAgo, formatDuration, formatNumber } from '@/i18n/format';
import { cx } from '@/ui/cx';
import type { FlowSummary } from './api';
import { tf } from './words';

type RecentRun = NonNullable<FlowSummary['recent_runs']>[number];

/** Bars of one list; so many runs are asked for, too. */
export const BARS = 20;
const HEIGHT = 20;
const STEP = 5;

const COLOURS: { [status in RecentRun['status']]: string } = {
  queued: 'fill-line-strong',
  running: 'fill-accent',
  paused: 'fill-warn',
  succeeded: 'fill-ok',
  failed: 'fill-bad',
  cancelled: 'fill-fg-3',
};

/** Seconds that a run took; one that goes on, so far. */
const took = ({ created_at, finished_at }: RecentRun) => Math.max(0, ((finished_at ? Date.parse(finished_at) : Date.now()) - Date.parse(created_at)) / 1000);

/** Height of a bar: by the logarithm, since times of one flow may be far apart. */
export function heights(seconds: number[]): number[] {
  const [most, least] = [Math.max(...seconds), Math.min(...seconds)];
  const log = (value: number) => Math.log10(Math.max(value, 0.001));
  const span = log(most) - log(least);
  return seconds.map((value) => Math.round((span < 0.01 ? 0.6 : 0.25 + (0.75 * (log(value) - log(least))) / span) * HEIGHT));
}

/** A flow's last runs, the newest last: how long each took, and how it ended. Leads to all of them. */
export function LastRuns({ flow, className }: { flow: FlowSummary; className?: string }) {
  const runs = (flow.recent_runs ?? []).toReversed();
  const last = runs.at(-1);
  if (!last) return <span className={cx('text-12 text-fg-3', className)}>{tf('flows.runs.none')}</span>;
  const failed = runs.filter(({ status }) => status === 'failed').length;
  const said = tf(failed > 0 ? 'flows.runs.failed' : 'flows.runs.said', {
    count: formatNumber(runs.length),
    failed: formatNumber(failed),
    ago: formatAgo(last.created_at),
    time: formatDuration(took(last)),
  });
  const tall = heights(runs.map(took));
  return (
    <Link to="/runs" search={{ flow: flow.slug }} aria-label={said} title={said} data-testid="last-runs" className={cx('block shrink-0 rounded-md p-1 transition-colors hover:bg-surface-3', className)}>
      <svg aria-hidden="true" width={BARS * STEP} height={HEIGHT} className="block">
        {runs.map((run, at) => (
          <rect
            key={run.id}
            className={COLOURS[run.status]}
            x={(BARS - runs.length + at) * STEP}
            y={HEIGHT - (tall[at] ?? 0)}
            width={STEP - 2}
            height={tall[at]}
            rx={1}
          />
        ))}
      </svg>
    </Link>
  );
}
