/** How far something was at a time, in milliseconds. */
export interface Sample {
  at: number;
  done: number;
}

/** Older samples say little about how fast it goes now. */
const REMEMBERED_MS = 20_000;
/** A speed over less than this is a guess. */
const SHORTEST_MS = 2000;

/** Adds what was just seen. A count that went down begins another stage or attempt. */
export function observed(samples: readonly Sample[], next: Sample): Sample[] {
  const last = samples.at(-1);
  if (last && next.done < last.done) return [next];
  return [...samples.filter(({ at }) => next.at - at <= REMEMBERED_MS), next];
}

export interface Pace {
  perSecond: number;
  /** Until all are done, at this speed. */
  secondsLeft: number;
}

/** How fast it goes; null while nobody can honestly say. */
export function paceOf(samples: readonly Sample[], total: number): Pace | null {
  const first = samples[0];
  const last = samples.at(-1);
  if (!first || !last || last.at - first.at < SHORTEST_MS || last.done <= first.done) return null;
  const perSecond = ((last.done - first.done) * 1000) / (last.at - first.at);
  return { perSecond, secondsLeft: Math.max(0, total - last.done) / perSecond };
}
