import { useLocation } from '@tanstack/react-router';
import { type RefObject, useEffect, useRef } from 'react';

/** For a row of links that may be wider than the page: scrolls it to the one of the current page, once it is `there`. */
export function useCurrentInView<E extends HTMLElement>(there = true): RefObject<E | null> {
  const row = useRef<E>(null);
  const path = useLocation({ select: ({ pathname }) => pathname });
  useEffect(() => {
    const current = row.current?.querySelector<HTMLElement>('[aria-current="page"]');
    if (!row.current || !current) return;
    const [whole, one] = [row.current.getBoundingClientRect(), current.getBoundingClientRect()];
    // Only the row moves: `scrollIntoView` would move the page, too.
    if (one.left < whole.left) row.current.scrollLeft += one.left - whole.left - 16;
    else if (one.right > whole.right) row.current.scrollLeft += one.right - whole.right + 16;
  }, [path, there]);
  return row;
}
