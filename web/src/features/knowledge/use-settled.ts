import { useEffect, useState } from 'react';

/** So long nothing changes before what is typed is used. */
const PAUSE_MS = 400;

/** A value once it has stopped changing, for what is asked of the server while somebody types. */
export function useSettled<T extends string>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
