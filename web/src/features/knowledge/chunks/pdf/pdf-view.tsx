import './pdf.css';
import { type KeyboardEvent, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { Chunk } from '@/api/types';
import { t } from '../words';
import type { Pdf } from './file';
import { GAP, layoutOf, pageAt, type Size, zoomed } from './layout';
import { PdfPage } from './pdf-page';
import { PdfToolbar } from './pdf-toolbar';
import type { Placed } from './places';

interface PdfViewProps {
  pdf: Pdf;
  chunks: readonly Chunk[];
  wanted: string | undefined;
  onWant: (id: string) => void;
}

/** The sizes of all pages; until one is known, it is taken to be as large as the first. */
function useSizes(pdf: Pdf): Size[] {
  const [sizes, setSizes] = useState(() => Array.from({ length: pdf.pages }, () => pdf.first));
  useEffect(() => {
    let over = false;
    const read = async () => {
      const known = Array.from({ length: pdf.pages }, () => pdf.first);
      for (let page = 2; page <= pdf.pages && !over; page++) {
        known[page - 1] = await pdf.sizeOf(page).catch(() => pdf.first);
        if (!over && (page % 100 === 0 || page === pdf.pages)) setSizes([...known]);
      }
    };
    void read();
    return () => {
      over = true;
    };
  }, [pdf]);
  return sizes;
}

/** The pages of a PDF; those that are seen are drawn. */
export function PdfView({ pdf, chunks, wanted, onWant }: PdfViewProps) {
  const pane = useRef<HTMLDivElement>(null);
  const sizes = useSizes(pdf);
  const [zoom, setZoom] = useState(1);
  const [seen, setSeen] = useState({ width: 0, height: 0, top: 0 });
  const layout = useMemo(() => layoutOf(sizes, seen.width, zoom), [sizes, seen.width, zoom]);
  const shown = useRef(layout);
  const current = pageAt(layout, seen.top + seen.height / 3);
  // Where the reader is stays there when pages become larger or smaller.
  const anchor = useRef<{ page: number; part: number } | null>(null);

  const hold = useCallback((at: number) => {
    const page = pageAt(shown.current, at);
    const { top = 0, height = 1 } = shown.current.pages[page] ?? {};
    anchor.current = { page, part: (at - top) / height };
  }, []);
  const look = useCallback(() => {
    const box = pane.current;
    if (!box) return;
    hold(box.scrollTop);
    setSeen({ width: box.clientWidth, height: box.clientHeight, top: box.scrollTop });
  }, [hold]);
  useLayoutEffect(() => {
    const box = pane.current;
    if (!box) return undefined;
    setSeen({ width: box.clientWidth, height: box.clientHeight, top: box.scrollTop });
    const watcher = new ResizeObserver(() => setSeen({ width: box.clientWidth, height: box.clientHeight, top: box.scrollTop }));
    watcher.observe(box);
    return () => watcher.disconnect();
  }, []);
  useLayoutEffect(() => {
    const before = shown.current;
    shown.current = layout;
    const at = anchor.current;
    const page = at && layout.pages[at.page];
    if (before !== layout && page && pane.current) pane.current.scrollTop = page.top + at.part * page.height;
  }, [layout]);

  const goTo = useCallback((page: number) => {
    const box = shown.current.pages[page - 1];
    if (!box || !pane.current) return;
    pane.current.scrollTop = box.top - GAP / 2;
    hold(pane.current.scrollTop);
  }, [hold]);
  const onPlaced = useWanted({ paneRef: pane, shownRef: shown, chunks, wanted, ready: seen.width > 0, goTo });

  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== event.currentTarget) return;
    const act = {
      '+': () => setZoom(zoomed(zoom, 1)),
      '-': () => setZoom(zoomed(zoom, -1)),
      '0': () => setZoom(1),
      ArrowLeft: () => zoom <= 1 && goTo(current),
      ArrowRight: () => zoom <= 1 && goTo(current + 2),
    }[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  };
  const near = layout.pages.flatMap((box, index) =>
    box.top < seen.top + 2 * seen.height && box.top + box.height > seen.top - seen.height ? [{ box, number: index + 1 }] : [],
  );
  return (
    <>
      <PdfToolbar pages={pdf.pages} current={current + 1} zoom={zoom} chunks={chunks} wanted={wanted} onPage={goTo} onZoom={setZoom} onWant={onWant} />
      {/* Keys move among pages and sizes, as the buttons above do. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div ref={pane} role="region" aria-label={t('pdf.pages')} tabIndex={0} data-testid="pdf" className="scroll-thin relative h-[70vh] min-h-0 overflow-auto bg-surface-3 [overflow-anchor:none] focus-visible:-outline-offset-2" onScroll={look} onKeyDown={press}>
        <div className="relative min-w-full" style={{ height: layout.height, width: layout.width }}>
          {seen.width > 0 &&
            near.map(({ box, number }) => (
              <PdfPage key={number} pdf={pdf} number={number} box={box} size={sizes[number - 1] ?? pdf.first} chunks={chunks} wanted={wanted} onWant={onWant} onPlaced={onPlaced} />
            ))}
        </div>
      </div>
    </>
  );
}

interface WantedAt {
  paneRef: React.RefObject<HTMLDivElement | null>;
  shownRef: React.RefObject<ReturnType<typeof layoutOf>>;
  chunks: readonly Chunk[];
  wanted: string | undefined;
  ready: boolean;
  goTo: (page: number) => void;
}

/** Brings the chosen chunk into view: its page first, and its text once it was found there. */
function useWanted({ paneRef, shownRef, chunks, wanted, ready, goTo }: WantedAt) {
  const sought = useRef<string | undefined>(undefined);
  const known = useRef(new Map<number, readonly Placed[]>());
  const page = chunks.find(({ id }) => id === wanted)?.page ?? null;

  const bring = useCallback(
    (number: number) => {
      const box = paneRef.current;
      const on = shownRef.current.pages[number - 1];
      const rect = known.current.get(number)?.find(({ id }) => id === sought.current)?.rects[0];
      if (!box || !on || !known.current.has(number)) return;
      sought.current = undefined;
      if (!rect) return;
      const top = on.top + rect.top * on.height;
      const inView = top >= box.scrollTop && top + 24 <= box.scrollTop + box.clientHeight;
      if (!inView) box.scrollTo({ top: top - box.clientHeight / 3 });
    },
    [paneRef, shownRef],
  );
  useEffect(() => {
    if (!ready || wanted === undefined || page === null) return;
    const box = paneRef.current;
    const on = shownRef.current.pages[page - 1];
    if (!box || !on) return;
    sought.current = wanted;
    const inView = on.top < box.scrollTop + box.clientHeight - 40 && on.top + on.height > box.scrollTop + 40;
    if (!inView) goTo(page);
    bring(page);
  }, [wanted, page, ready, paneRef, shownRef, goTo, bring]);

  return useCallback(
    (number: number, placed: readonly Placed[]) => {
      known.current.set(number, placed);
      if (placed.some(({ id }) => id === sought.current)) bring(number);
    },
    [bring],
  );
}
