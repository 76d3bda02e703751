import { useNavigate, useSearch } from '@tanstack/react-router';
import { createContext, useContext, useEffect, useMemo, useState } from 'react';
import type { RunFilter } from '@/features/runs/api';
import { isOwn, type Own, readTime, type Time, untilOver } from './time';

interface Watch {
  /** Whether boards look again by themselves. */
  live: boolean;
  /** Whether the time that is looked at is over, so that it has nothing new. */
  past: boolean;
}

export const Watched = createContext<Watch>({ live: true, past: false });

/** The time that the address names. */
export function useTime(): Time {
  const search = useSearch({ from: '/app/monitor/$board' });
  const { range, from, to } = search;
  return useMemo(() => readTime({ range, from, to }), [range, from, to]);
}

/** Which time is looked at, and whether it moves on. */
export function useLooked(): Watch & { time: Time } {
  const watch = useContext(Watched);
  return { ...watch, time: useTime() };
}

const DAY = 86_400_000;

/** Whether a time is over; says so when it comes to be. */
export function useOver(time: Time): boolean {
  const [, look] = useState(0);
  const left = untilOver(time, Date.now());
  useEffect(() => {
    if (left === null || left === 0) return undefined;
    // Clocks of browsers cannot be set for longer than some weeks.
    const timer = setTimeout(() => look((times) => times + 1), Math.min(left, DAY));
    return () => clearTimeout(timer);
  });
  return left === 0;
}

/** Has all boards look at a time of one's own; going back in the browser leads to the one before. */
export function useChoose(): (own: Own) => void {
  const navigate = useNavigate();
  const time = useTime();
  return (own) => {
    // What is looked at already needs no second entry to go back through.
    if (isOwn(time) && time.from === own.from && time.to === own.to) return;
    void navigate({ to: '.', search: { ...own }, resetScroll: false });
  };
}

/** The runs of a time, in their list. */
export const runsOf = (time: Time): Pick<RunFilter, 'from' | 'to'> => (isOwn(time) ? { from: time.from, to: time.to } : { from: time.range });
