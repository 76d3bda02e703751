import { type PointerEvent, useSyncExternalStore } from 'react';

// The chunk that the mouse is over, in the list or in the original. It changes far more often than
// anything else of the page, so only what shows it is drawn again.
let hovered: string | null = null;
const listeners = new Set<() => void>();

export function hover(id: string | null): void {
  if (id === hovered) return;
  hovered = id;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useIsHovered = (id: string): boolean => useSyncExternalStore(subscribe, () => hovered === id);

export const useHovered = (): string | null => useSyncExternalStore(subscribe, () => hovered);

/** For a box with elements that name their chunk. A finger does not hover. */
export const hovering = {
  onPointerOver: (event: PointerEvent) => {
    if (event.pointerType !== 'mouse') return;
    hover((event.target as Element).closest('[data-chunk]')?.getAttribute('data-chunk') ?? null);
  },
  onPointerLeave: () => hover(null),
};
