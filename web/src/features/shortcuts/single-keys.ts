import { useSyncExternalStore } from 'react';
import { readStored, writeStored } from '@/api/stored';

const KEY = 'headwater.singleKeys';
const listeners = new Set<() => void>();

/** Whether keys such as `/` and `j` do something without a modifier; kept in this browser. */
export const singleKeys = (): boolean => readStored(KEY) !== 'off';

export function setSingleKeys(on: boolean): void {
  writeStored(KEY, on ? null : 'off');
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useSingleKeys(): boolean {
  return useSyncExternalStore(subscribe, singleKeys);
}
