import { useSyncExternalStore } from 'react';
import { readStored, writeStored } from '@/api/stored';

const KEY = 'headwater.rail';
const listeners = new Set<() => void>();

const isNarrow = () => readStored(KEY) === 'narrow';

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether the rail shows pictures only, and how to change that; kept in this browser. */
export function useRailWidth(): { narrow: boolean; toggle: () => void } {
  const narrow = useSyncExternalStore(subscribe, isNarrow);
  const toggle = () => {
    writeStored(KEY, narrow ? null : 'narrow');
    for (const listener of listeners) listener();
  };
  return { narrow, toggle };
}
