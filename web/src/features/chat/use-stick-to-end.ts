import { useCallback, useEffect, useRef } from 'react';

const NEAR = 80;

/**
 * Keeps the end of a conversation in view while it grows, until the reader scrolls up; sending
 * something (`stick`) brings it back.
 */
export function useStickToEnd(lastId: string | undefined) {
  const scroller = useRef<HTMLDivElement>(null);
  const end = useRef<HTMLDivElement>(null);
  const sticking = useRef(true);
  const stick = useCallback(() => {
    sticking.current = true;
  }, []);

  useEffect(() => {
    const box = scroller.current;
    const content = box?.firstElementChild;
    if (!box || !content) return undefined;
    const onScroll = () => {
      sticking.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
    };
    const observer = new ResizeObserver(() => {
      if (sticking.current) box.scrollTop = box.scrollHeight;
    });
    box.addEventListener('scroll', onScroll, { passive: true });
    observer.observe(content);
    return () => {
      box.removeEventListener('scroll', onScroll);
      observer.disconnect();
    };
  }, []);

  useEffect(() => {
    sticking.current = true;
    end.current?.scrollIntoView({ block: 'end' });
  }, [lastId]);

  return { scroller, end, stick };
}
