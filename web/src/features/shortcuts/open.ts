import { useSyncExternalStore } from 'react';

export type Overlay = 'palette' | 'help' | null;

let shown: Overlay = null;
const listeners = new Set<() => void>();

/** Shows the command palette or the list of shortcuts, or hides what is shown. */
export function openOverlay(overlay: Overlay): void {
  shown = overlay;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useOverlay(): Overlay {
  return useSyncExternalStore(subscribe, () => shown);
}
