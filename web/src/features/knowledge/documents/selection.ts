import { useCallback, useState } from 'react';

/** What of a list is selected; a range goes from where the last one was chosen. */
export function useSelection() {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [anchor, setAnchor] = useState<string | null>(null);
  const toggle = useCallback(
    (id: string, range: boolean, order: readonly string[]) => {
      const from = anchor === null ? -1 : order.indexOf(anchor);
      const to = order.indexOf(id);
      setSelected((before) => {
        const next = new Set(before);
        if (range && from >= 0) for (const one of order.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(one);
        else if (!next.delete(id)) next.add(id);
        return next;
      });
      setAnchor(id);
    },
    [anchor],
  );
  const choose = useCallback((ids: Iterable<string>) => setSelected(new Set(ids)), []);
  return { selected, toggle, choose };
}
