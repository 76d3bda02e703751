import type { RunFilter } from './api';

/** Times back from now that are offered; others come from elsewhere in the app, such as `6h`. */
export const LATELY = ['1h', '24h', '7d'] as const;

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const BACK = /^([1-9]\d{0,3})([mhd])$/;

/** How long before now a time such as `6h` is, in milliseconds; null when it is a time of the calendar. */
export function back(from: string | undefined): number | null {
  const [, count, unit] = BACK.exec(from ?? '') ?? [];
  return count && unit ? Number(count) * UNITS[unit as keyof typeof UNITS] : null;
}

/** The filter as the server reads it: times of the calendar, counted back from now where that is said. */
export function resolved(filter: RunFilter, now: number): RunFilter {
  const ago = back(filter.from);
  return ago === null ? filter : { ...filter, from: new Date(now - ago).toISOString() };
}

/** A time of the address as a field for dates and times shows it, in the reader's own zone; seconds only where there are some. */
export function toField(time: string | undefined): string {
  const at = new Date(time ?? '');
  if (Number.isNaN(at.getTime())) return '';
  const local = new Date(at.getTime() - at.getTimezoneOffset() * UNITS.m);
  return local.toISOString().slice(0, at.getUTCSeconds() === 0 ? 16 : 19);
}

/** And back. */
export function fromField(value: string): string | undefined {
  const at = new Date(value);
  return value === '' || Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
