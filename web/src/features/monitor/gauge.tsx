import { Link, type LinkProps } from '@tanstack/react-router';
import { TriangleAlert } from 'lucide-react';
import { cx } from '@/ui/cx';
import type { Figure, FigureNow } from './api';
import { arc, scaleOf, shareOf } from './arc';
import { formatFigure, WINDOWS } from './say';
import { tm } from './words';

const WHERE: Record<Figure, LinkProps> = {
  error_rate: { to: '/runs', search: { status: 'failed', from: '15m' } },
  run_p95: { to: '/runs', search: { from: '15m' } },
  first_token_p95: { to: '/monitor/$board', params: { board: 'usage' }, search: true },
  cost_per_day: { to: '/monitor/$board', params: { board: 'usage' }, search: true },
  queue_length: { to: '/knowledge' },
  memory: { to: '/monitor/$board', params: { board: 'system' }, search: true },
  cpu: { to: '/monitor/$board', params: { board: 'system' }, search: true },
};

interface GaugeProps {
  now: FigureNow;
  /** What the figure cannot exceed, where that is known. */
  natural?: number | null | undefined;
  /** The most it was in the time that is looked at. */
  most?: number | null | undefined;
}

/** A figure as it is now: its value, where that is on its scale, and its threshold. */
export function Gauge({ now, natural, most }: GaugeProps) {
  const { figure, exceeded } = now;
  const value = now.value ?? null;
  const limit = now.limit ?? null;
  // A threshold has the scale to itself; what it is measured by otherwise is said below.
  const percent = figure === 'error_rate' || figure === 'cpu';
  const whole = percent ? 100 : limit === null ? (natural ?? null) : null;
  const scale = scaleOf(limit, whole, Math.max(value ?? 0, most ?? 0));
  const text = value === null ? '–' : formatFigure(figure, value);
  const name = tm(`figure.${figure}`);
  return (
    <li className={cx('flex min-w-0 flex-col rounded-lg border bg-surface p-3', exceeded ? 'border-bad' : 'border-line')} data-figure={figure}>
      <Link {...WHERE[figure]} className="truncate rounded-sm font-medium hover:underline">
        {name}
      </Link>
      <span className="text-12 text-fg-3">{tm(`window.${WINDOWS[figure]}`)}</span>
      <div
        className="relative mx-auto mt-2 w-full max-w-[132px]"
        {...(scale !== null &&
          value !== null && {
            role: 'meter',
            'aria-label': name,
            'aria-valuemin': 0,
            'aria-valuemax': Math.max(scale, value),
            'aria-valuenow': value,
            'aria-valuetext': exceeded ? `${text}, ${tm('figure.exceeded')}` : text,
          })}
      >
        <svg viewBox="0 0 96 54" className="w-full" aria-hidden="true">
          <path d={arc(1)} fill="none" strokeWidth="7" strokeLinecap="round" className="stroke-surface-3" />
          {scale !== null && value !== null && value > 0 && (
            <path
              d={arc(shareOf(value, scale))}
              fill="none"
              strokeWidth="7"
              strokeLinecap="round"
              className={exceeded ? 'stroke-bad' : 'stroke-accent'}
            />
          )}
          {scale !== null && limit !== null && <Mark share={shareOf(limit, scale)} />}
        </svg>
        <span className={cx('num absolute inset-x-0 bottom-0 text-center text-16 leading-5 font-semibold', exceeded && 'text-bad')}>{text}</span>
      </div>
      <p className={cx('mt-1.5 flex items-center justify-center gap-1 text-center text-12', exceeded ? 'text-bad' : 'text-fg-3')}>
        {exceeded && <TriangleAlert size={12} className="shrink-0" aria-label={tm('figure.exceeded')} role="img" />}
        {value === null
          ? tm('figure.none')
          : limit === null
            ? scale === null || percent
              ? tm('figure.noLimit')
              : tm('figure.scale', { most: formatFigure(figure, scale) })
            : tm('figure.limit', { limit: formatFigure(figure, limit) })}
      </p>
    </li>
  );
}

/** The threshold on the arc. */
function Mark({ share }: { share: number }) {
  return <line x1="2" y1="48" x2="14" y2="48" strokeWidth="2" className="stroke-fg" transform={`rotate(${(share * 180).toFixed(2)} 48 48)`} />;
}
