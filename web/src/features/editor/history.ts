/** A value with what it was before and what was taken back. Pure. */
export interface History<T> {
  past: T[];
  present: T;
  future: T[];
  /** What the last change was about, and when: typing on in one field is one change. */
  key: string | null;
  at: number;
}

/** As many changes as can be taken back. */
const MOST = 200;
/** Typing that pauses longer begins another change, in milliseconds. */
const PAUSE = 1200;

export const begin = <T>(present: T): History<T> => ({ past: [], present, future: [], key: null, at: 0 });

export function change<T>(history: History<T>, present: T, key: string | null, now: number): History<T> {
  if (present === history.present) return history;
  const goesOn = key !== null && key === history.key && now - history.at < PAUSE && history.past.length > 0;
  const past = goesOn ? history.past : [...history.past, history.present].slice(-MOST);
  return { past, present, future: [], key, at: now };
}

export function undo<T>(history: History<T>): History<T> {
  const present = history.past.at(-1);
  if (present === undefined) return history;
  return { past: history.past.slice(0, -1), present, future: [history.present, ...history.future], key: null, at: 0 };
}

export function redo<T>(history: History<T>): History<T> {
  const [present, ...future] = history.future;
  if (present === undefined) return history;
  return { past: [...history.past, history.present], present, future, key: null, at: 0 };
}
