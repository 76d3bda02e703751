import { back } from '@/features/runs/when';

export const RANGES = ['15m', '1h', '6h', '24h', '7d', '30d'] as const;
export type Range = (typeof RANGES)[number];
export const isRange = (value: unknown): value is Range => RANGES.includes(value as Range);

/** From a time of the calendar to another one, as the address and the server have them: in UTC. */
export interface Own {
  from: string;
  to: string;
}

/** The time that is looked at: so far back from now, or one of one's own. */
export type Time = { range: Range } | Own;

export const isOwn = (time: Time): time is Own => 'from' in time;

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
/** The longest time that the server tells of at once; the shortest is a minute. */
const MOST = 31 * DAY;

/** A time as the address says it: 2026-01-31T12:00:00Z. */
const utc = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
const downTo = (ms: number, unit: number) => Math.floor(ms / unit) * unit;
const upTo = (ms: number, unit: number) => Math.ceil(ms / unit) * unit;

/** The time that an address names; the last hour where it names none. */
export function readTime({ range, from, to }: { range?: string | undefined; from?: string | undefined; to?: string | undefined }): Time {
  const own = [from, to].map((text) => Date.parse(text ?? ''));
  const [begin = Number.NaN, end = Number.NaN] = own;
  if (Number.isFinite(begin) && Number.isFinite(end)) return { from: utc(begin), to: utc(end) };
  return { range: isRange(range) ? range : '1h' };
}

/** What a range reaches over now, to begin one's own with. */
export function ownOf(range: Range, now: number): Own {
  const to = downTo(now, MINUTE);
  return { from: utc(to - (back(range) ?? 0)), to: utc(to) };
}

/** Where a time of one's own begins and ends, as it was typed; or which of both is wrong, and why. */
export function typedTime(from: string | undefined, to: string | undefined): Own | { field: 'from' | 'to'; wrong: 'missing' | 'order' | 'short' | 'long' } {
  const begin = Date.parse(from ?? '');
  const end = Date.parse(to ?? '');
  if (Number.isNaN(begin)) return { field: 'from', wrong: 'missing' };
  if (Number.isNaN(end)) return { field: 'to', wrong: 'missing' };
  if (end <= begin) return { field: 'to', wrong: 'order' };
  if (end - begin < MINUTE) return { field: 'to', wrong: 'short' };
  if (end - begin > MOST) return { field: 'to', wrong: 'long' };
  return { from: utc(begin), to: utc(end) };
}

/** How long it is until a time is over: 0 when it is, null when it never will be. */
export function untilOver(time: Time, now: number): number | null {
  return isOwn(time) ? Math.max(0, Date.parse(time.to) - now) : null;
}

/**
 * The time between two places on a chart: all steps that were touched and the one whose beginning is
 * next to the end, since what is drawn at a step's beginning happened somewhere in it. It has whole minutes and at least one of them, and
 * never reaches beyond what is looked at.
 */
export function zoomed(places: [number, number], at: number[], step: number, time: Time, now: number): Own {
  const left = Math.min(...places);
  const right = Math.max(...places);
  const least = isOwn(time) ? Date.parse(time.from) : (at[0] ?? left);
  const most = downTo(isOwn(time) ? Math.min(Date.parse(time.to), now) : now, 1_000);
  const begin = at.findLast((start) => start <= left) ?? left;
  const end = (at.findLast((start) => start <= right + step / 2) ?? right) + step;
  const to = Math.min(Math.max(upTo(end, MINUTE), least + MINUTE), most);
  const from = Math.min(Math.max(downTo(begin, MINUTE), least), to - MINUTE);
  return { from: utc(from), to: utc(to) };
}
