import { useEffect, useRef } from 'react';
import { Button } from '@/ui/button';
import { t } from './words';

/** Shows what came before, by itself when it is scrolled to. */
export default function Earlier({ onShow }: { onShow: () => void }) {
  const place = useRef<HTMLDivElement>(null);
  const show = useRef(onShow);
  show.current = onShow;
  useEffect(() => {
    const box = place.current;
    const scroller = box?.closest('.overflow-y-auto');
    if (!box || !scroller) return undefined;
    const seen = new IntersectionObserver(
      ([entry]) => {
        // Before the first scroll to the end, the beginning is in view for a moment.
        if (!entry?.isIntersecting || scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80) return;
        // At the very top the browser would not keep in place what is being read.
        if (scroller.scrollTop === 0) scroller.scrollTop = 1;
        show.current();
      },
      { root: scroller, rootMargin: '400px 0px 0px' },
    );
    seen.observe(box);
    return () => seen.disconnect();
  });
  return (
    <div ref={place} className="flex justify-center">
      <Button kind="ghost" size="sm" onClick={onShow}>
        {t('chat.earlier')}
      </Button>
    </div>
  );
}
