/** A stretch of time, in milliseconds. */
export type Span = readonly [start: number, end: number];

/** Turns times into places on a line from 0 to 1. */
export interface TimeLine {
  at: (time: number) => number;
  /** The time at a place. */
  timeAt: (place: number) => number;
  /** What the line stands for, without the folded gaps. */
  busyMs: number;
}

/** Overlapping spans joined, in order. */
export function union(spans: Iterable<Span>): Span[] {
  const sorted = [...spans].filter(([start, end]) => end >= start).toSorted((one, other) => one[0] - other[0]);
  const joined: [number, number][] = [];
  for (const [start, end] of sorted) {
    const last = joined.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else joined.push([start, end]);
  }
  return joined;
}

/**
 * A line over all `spans` of work. A run may wait for days between two seconds of work: a gap of
 * more than a quarter of the work (and more than a second) is folded to a twentieth of it.
 */
export function timeLine(spans: Iterable<Span>): TimeLine {
  const busy = union(spans);
  const first = busy[0];
  if (!first) return { at: () => 0, timeAt: () => 0, busyMs: 0 };
  const work = busy.reduce((sum, [start, end]) => sum + end - start, 0);
  const longest = Math.max(1000, work / 4);
  const folded = Math.max(1, work / 20);
  // Corner points of the line: real time and its place, before scaling.
  const corners: [number, number][] = [[first[0], 0]];
  let place = 0;
  let before = first[0];
  for (const [start, end] of busy) {
    const gap = start - before;
    place += gap > longest ? folded : gap;
    corners.push([start, place]);
    place += end - start;
    corners.push([end, place]);
    before = end;
  }
  const total = Math.max(place, 1);
  const back = corners.map(([time, where]): [number, number] => [where, time]);
  return {
    at: (time) => interpolate(corners, time) / total,
    timeAt: (where) => (where <= 0 ? first[0] : interpolate(back, where * total)),
    busyMs: place,
  };
}

/** A mark of the axis: where it stands, and how long after the beginning that is, in milliseconds. */
export interface Tick {
  place: number;
  after: number;
}

/** Steps of an axis: round numbers of milliseconds and seconds, then of minutes, hours and days. */
const ROUND_STEPS = [1, 2, 5].flatMap((digit) => [1, 10, 100, 1000, 10_000].map((tens) => digit * tens).filter((step) => step <= 20_000))
  .concat([30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 86_400_000])
  .toSorted((one, other) => one - other);

/** Marks for a line, at most so many; behind a folded gap they say the time that really went by. */
export function ticksOf(line: TimeLine, most: number): Tick[] {
  if (line.busyMs <= 0) return [];
  const step = ROUND_STEPS.find((one) => line.busyMs / one <= most) ?? Math.ceil(line.busyMs / most);
  const begin = line.timeAt(0);
  const ticks: Tick[] = [];
  for (let at = 0; at / line.busyMs <= 0.92; at += step) {
    const place = at / line.busyMs;
    ticks.push({ place, after: line.timeAt(place) - begin });
  }
  return ticks;
}

function interpolate(corners: [number, number][], time: number): number {
  let low = 0;
  let high = corners.length - 1;
  const [startTime, startPlace] = corners[0] ?? [0, 0];
  if (time <= startTime) return startPlace;
  const [endTime, endPlace] = corners[high] ?? [0, 0];
  if (time >= endTime) return endPlace;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((corners[middle]?.[0] ?? 0) <= time) low = middle;
    else high = middle;
  }
  const [fromTime, fromPlace] = corners[low] ?? [0, 0];
  const [toTime, toPlace] = corners[high] ?? [0, 0];
  if (toTime === fromTime) return toPlace;
  return fromPlace + ((time - fromTime) / (toTime - fromTime)) * (toPlace - fromPlace);
}
