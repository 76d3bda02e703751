import { formatMs } from '@/features/runs/measure';
import { formatBytes, formatDigits, formatNumber } from '@/i18n/format';
import { locale } from '@/i18n/language';
import type { Figure } from './api';

/** Money as sums of it are told: "$12.40", "$0.0029". */
export function formatDollars(value: number): string {
  if (value === 0) return '$0';
  if (value < 0.0001) return '< $0.0001';
  return `$${formatDigits(value, value < 1 ? 4 : 2)}`;
}

/** The values of an axis: all with the digits that tell the closest two apart, and cents at least. */
export function dollarAxis(values: number[]): string[] {
  const steps = values.slice(1).map((value, index) => Math.abs(value - (values[index] ?? 0)));
  const step = Math.min(...steps.filter((one) => one > 0));
  const digits = Number.isFinite(step) ? Math.min(8, Math.max(2, Math.ceil(-Math.log10(step) - 1e-9))) : 2;
  return values.map((value) => `$${formatDigits(value, digits)}`);
}

export const formatPercent = (value: number) => `${formatDigits(value, value < 10 && value % 1 !== 0 ? 1 : 0)} %`;

/** The time that a figure is of, in words' keys. */
export const WINDOWS: Record<Figure, 'lately' | 'day' | 'now'> = {
  error_rate: 'lately',
  run_p95: 'lately',
  first_token_p95: 'lately',
  cost_per_day: 'day',
  queue_length: 'now',
  memory: 'now',
  cpu: 'now',
};

/** A figure's value with its unit. */
export function formatFigure(figure: Figure, value: number): string {
  switch (figure) {
    case 'error_rate':
    case 'cpu':
      return formatPercent(value);
    case 'run_p95':
    case 'first_token_p95':
      return formatMs(value);
    case 'cost_per_day':
      return formatDollars(value);
    case 'queue_length':
      return formatNumber(value);
    case 'memory':
      return formatBytes(value);
  }
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The time of a step as an axis says it: hours and minutes, days where there are several, seconds where there are few minutes. */
export function formatTick(at: number, length: number): string {
  const day: Intl.DateTimeFormatOptions = { month: 'short', day: 'numeric' };
  const time: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...(length < 5 * MINUTE && { second: '2-digit' }) };
  return new Date(at).toLocaleString(locale(), length > 48 * HOUR ? day : time);
}

/** The beginning of a step in full, for tables and under the pointer. */
export function formatStep(at: number, step: number): string {
  return new Date(at).toLocaleString(locale(), {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(step < MINUTE && { second: '2-digit' }),
  });
}
