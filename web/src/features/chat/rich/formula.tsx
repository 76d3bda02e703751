import 'katex/dist/katex.min.css';
import { render } from 'katex';
import { useLayoutEffect, useRef } from 'react';
import { cx } from '@/ui/cx';

interface FormulaProps {
  tex: string;
  display: boolean;
}

/**
 * Draws a formula. What it may cost is bounded: so many macros are opened, nothing is larger than
 * 20 em, nothing loads or links, and nothing is painted outside its own box.
 */
export default function Formula({ tex, display }: FormulaProps) {
  const place = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    const box = place.current;
    if (!box) return;
    try {
      render(tex, box, {
        displayMode: display,
        throwOnError: true,
        strict: 'ignore',
        trust: false,
        maxExpand: 200,
        maxSize: 20,
      });
    } catch {
      // What cannot be drawn is shown as it was written.
      box.textContent = tex;
    }
  }, [tex, display]);
  return <span ref={place} dir="ltr" className={cx('formula', display && 'formula-display')} />;
}
