import { useCallback, useEffect, useRef } from 'react';

const NEAR = 80;
/** How long what is drawn late may still move a message that was asked for, in milliseconds. */
const SETTLING = 1500;

/**
 * Keeps the end of a conversation in view while it grows, until the reader scrolls up; sending
 * something (`stick`) brings it back. With a message that was asked for (`at`), that one is in view.
 */
export function useStickToEnd(lastId: string | undefined, at?: string) {
  const scroller = useRef<HTMLDivElement>(null);
  const end = useRef<HTMLDivElement>(null);
  const sticking = useRef(true);
  const asked = useRef<{ id: string; until: number } | null>(null);
  const stick = useCallback(() => {
    sticking.current = true;
  }, []);
  const bring = useCallback(() => {
    if (!asked.current || Date.now() > asked.current.until) return;
    scroller.current?.querySelector(`[data-message="${CSS.escape(asked.current.id)}"]`)?.scrollIntoView({ block: 'center' });
  }, []);

  useEffect(() => {
    const box = scroller.current;
    const content = box?.firstElementChild;
    if (!box || !content) return undefined;
    const onScroll = () => {
      sticking.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
    };
    const letGo = () => {
      asked.current = null;
    };
    const observer = new ResizeObserver(() => {
      if (asked.current) bring();
      else if (sticking.current) box.scrollTop = box.scrollHeight;
    });
    box.addEventListener('scroll', onScroll, { passive: true });
    box.addEventListener('wheel', letGo, { passive: true });
    box.addEventListener('touchmove', letGo, { passive: true });
    observer.observe(content);
    return () => {
      box.removeEventListener('scroll', onScroll);
      box.removeEventListener('wheel', letGo);
      box.removeEventListener('touchmove', letGo);
      observer.disconnect();
    };
  }, [bring]);

  useEffect(() => {
    asked.current = at ? { id: at, until: Date.now() + SETTLING } : null;
    if (at) {
      bring();
      return;
    }
    sticking.current = true;
    end.current?.scrollIntoView({ block: 'end' });
  }, [lastId, at, bring]);

  return { scroller, end, stick };
}
