import { type KeyboardEvent, type ReactNode, useLayoutEffect, useMemo, useRef, useState } from 'react';

interface WindowedListProps<T> {
  label: string;
  items: readonly T[];
  keyOf: (item: T) => string;
  /** In pixels; rows are laid out by it and not measured. */
  heightOf: (item: T) => number;
  children: (item: T, index: number) => ReactNode;
  onKeyDown?: (event: KeyboardEvent<HTMLUListElement>) => void;
}

/** Rows kept above and below what is seen, so that focus can go on to them. */
const SPARE = 10;

/** A long list in a page that scrolls: only the rows that are seen exist. */
export function WindowedList<T>({ label, items, keyOf, heightOf, children, onKeyDown }: WindowedListProps<T>) {
  const list = useRef<HTMLUListElement>(null);
  const [seen, setSeen] = useState({ from: 0, to: 1200 });
  // Where each row begins, and where the last one ends.
  const tops = useMemo(() => {
    const all = [0];
    for (const item of items) all.push((all.at(-1) ?? 0) + heightOf(item));
    return all;
  }, [items, heightOf]);

  useLayoutEffect(() => {
    const box = list.current;
    const scroller = box?.closest('.overflow-y-auto');
    if (!box || !scroller) return undefined;
    const look = () => {
      const offset = scroller.getBoundingClientRect().top - box.getBoundingClientRect().top;
      const from = Math.max(0, Math.floor(offset / 100) * 100);
      const to = Math.ceil((offset + scroller.clientHeight) / 100) * 100;
      setSeen((before) => (before.from === from && before.to === to ? before : { from, to }));
    };
    look();
    const watcher = new ResizeObserver(look);
    watcher.observe(scroller);
    scroller.addEventListener('scroll', look, { passive: true });
    return () => {
      watcher.disconnect();
      scroller.removeEventListener('scroll', look);
    };
  }, []);

  const begun = tops.findIndex((top) => top > seen.from);
  const first = Math.max(0, (begun < 0 ? items.length : begun - 1) - SPARE);
  const past = tops.findIndex((top) => top >= seen.to);
  const last = Math.min(items.length, (past < 0 ? items.length : past) + SPARE);
  return (
    // The rows have their own controls; keys here are shortcuts to them.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <ul ref={list} data-rows aria-label={label} onKeyDown={onKeyDown} className="relative [overflow-anchor:none]" style={{ height: tops.at(-1) }}>
      {items.slice(first, last).map((item, offset) => {
        const index = first + offset;
        return (
          <li
            key={keyOf(item)}
            aria-setsize={items.length}
            aria-posinset={index + 1}
            className="absolute inset-x-0 border-line not-first:border-t"
            style={{ top: tops[index], height: heightOf(item) }}
          >
            {children(item, index)}
          </li>
        );
      })}
    </ul>
  );
}
