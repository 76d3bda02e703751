import { useEffect, useRef } from 'react';
import { takesText } from '@/features/shortcuts/keys';
import { singleKeys } from '@/features/shortcuts/single-keys';
import type { TreeRow } from './tree';

interface TraceKeys {
  rows: TreeRow[];
  /** Where steps failed, in order. */
  failed: string[];
  selected: string | null;
  onSelect: (path: string) => void;
}

/** The next of some paths after the chosen one; the first when none of them is. */
export function nextOf(paths: string[], order: string[], selected: string | null, by: 1 | -1): string | undefined {
  if (paths.length === 0) return undefined;
  const at = selected ? paths.indexOf(selected) : -1;
  if (at >= 0) return paths[(at + by + paths.length) % paths.length];
  // From anywhere else it is the nearest one in that direction.
  const from = selected ? order.indexOf(selected) : -1;
  if (from < 0) return by > 0 ? paths[0] : paths.at(-1);
  const rank = new Map(order.map((path, index) => [path, index]));
  const nearest = by > 0 ? paths.find((path) => (rank.get(path) ?? Infinity) > from) : paths.findLast((path) => (rank.get(path) ?? -1) < from);
  return nearest ?? (by > 0 ? paths[0] : paths.at(-1));
}

/** j and k go through the steps wherever the focus is, e and E through those that failed. */
export function useTraceKeys(keys: TraceKeys): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || event.isComposing || !singleKeys()) return;
      if (takesText(document.activeElement) || document.querySelector('dialog[open], [popover]:popover-open')) return;
      const { rows, failed, selected, onSelect } = latest.current;
      const at = rows.findIndex(({ node }) => node.path === selected);
      const order = () => rows.map(({ node }) => node.path);
      const row = event.key === 'j' ? rows[Math.min(at + 1, rows.length - 1)] : event.key === 'k' ? rows[at < 0 ? rows.length - 1 : Math.max(at - 1, 0)] : undefined;
      const next = event.key === 'e' ? nextOf(failed, order(), selected, 1) : event.key === 'E' ? nextOf(failed, order(), selected, -1) : row?.node.path;
      if (next === undefined) return;
      event.preventDefault();
      onSelect(next);
    };
    // Before the shortcuts of every page, which move through the rows of lists with the same keys.
    window.addEventListener('keydown', press, true);
    return () => window.removeEventListener('keydown', press, true);
  }, []);
}
