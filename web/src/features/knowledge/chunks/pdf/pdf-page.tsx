import { type MouseEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { Chunk } from '@/api/types';
import { cx } from '@/ui/cx';
import { hover, useHovered } from '../hover';
import { t } from '../words';
import type { Pdf, Written } from './file';
import type { Box, Size } from './layout';
import { type Mark, marksOf } from './marks';
import { chunkAt, type Placed, placesOf } from './places';

interface PdfPageProps {
  pdf: Pdf;
  number: number;
  box: Box;
  size: Size;
  chunks: readonly Chunk[];
  wanted: string | undefined;
  onWant: (id: string) => void;
  /** Tells where chunks stand on this page, once that is known. */
  onPlaced: (page: number, placed: readonly Placed[]) => void;
}

/** One page: its picture, the chunks that are marked on it, and its text over both. */
export function PdfPage({ pdf, number, box, size, chunks, wanted, onWant, onPlaced }: PdfPageProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const text = useRef<HTMLDivElement>(null);
  const [written, setWritten] = useState<Written | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    const abort = new AbortController();
    if (canvas.current) {
      pdf.draw(number, canvas.current, box.width, abort.signal).catch(() => !abort.signal.aborted && setFailed(true));
    }
    return () => abort.abort();
  }, [pdf, number, box.width]);
  useEffect(() => {
    const abort = new AbortController();
    const nothing: Written = { texts: [], elements: [] };
    if (text.current) {
      pdf.write(number, text.current, abort.signal).then(setWritten, () => !abort.signal.aborted && setWritten(nothing));
    }
    return () => abort.abort();
  }, [pdf, number]);

  const marks = useMemo((): Mark[] => (written ? marksOf(written.texts, chunks, number) : []), [written, chunks, number]);
  const [placed, setPlaced] = useState<readonly Placed[]>([]);
  useLayoutEffect(() => {
    if (written && text.current) setPlaced(placesOf(marks, written.elements, text.current.parentElement ?? text.current));
  }, [marks, written]);
  useEffect(() => {
    if (placed.length > 0) onPlaced(number, placed);
  }, [placed, number, onPlaced]);

  const under = (event: MouseEvent) => {
    const { left, top, width, height } = event.currentTarget.getBoundingClientRect();
    return chunkAt(placed, (event.clientX - left) / width, (event.clientY - top) / height);
  };
  return (
    // The bar above does the same for keys.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <div
      role="group"
      aria-label={t('pdf.pageOf', { page: number, pages: pdf.pages })}
      data-testid="pdf-page"
      data-page={number}
      data-read={written !== null}
      className="pdf-page absolute isolate overflow-hidden rounded-sm shadow-pop"
      style={{ top: box.top, width: box.width, height: box.height, insetInlineStart: `max(12px, calc(50% - ${box.width / 2}px))` }}
      onClick={(event) => {
        const id = getSelection()?.isCollapsed === false ? null : under(event)?.nearest;
        if (id) onWant(id);
      }}
      onPointerMove={(event) => event.pointerType === 'mouse' && hover(under(event)?.over ?? null)}
      onPointerLeave={() => hover(null)}
    >
      <canvas ref={canvas} aria-hidden="true" className="absolute inset-0 size-full" />
      <Marks placed={placed} wanted={wanted} />
      <div ref={text} dir="ltr" className="pdf-text" style={{ ['--scale-factor' as string]: box.width / size.width }} />
      {failed && <p className="absolute inset-x-0 top-0 bg-bad-soft px-3 py-2 text-12 text-bad">{t('pdf.pageFailed')}</p>}
    </div>
  );
}

/** Marks the chosen chunk, and lightly the one that the mouse is over. */
function Marks({ placed, wanted }: { placed: readonly Placed[]; wanted: string | undefined }) {
  const hovered = useHovered();
  return placed
    .filter(({ id }) => id === wanted || id === hovered)
    .map(({ id, rects }) =>
      rects.length === 0 ? (
        <div key={id} data-testid={id === wanted ? 'pdf-marked-page' : undefined} className={cx('pointer-events-none absolute inset-0 rounded-sm border-2', id === wanted ? 'border-accent' : 'border-accent-line')} />
      ) : (
        rects.map(({ left, top, width, height }) => (
          <div
            key={`${id} ${left} ${top}`}
            data-testid={id === wanted ? 'pdf-mark' : undefined}
            className="pdf-mark"
            style={{ left: `${left * 100}%`, top: `${top * 100}%`, width: `${width * 100}%`, height: `${height * 100}%`, background: `var(--paper-${id === wanted ? 'mark' : 'hover'})` }}
          />
        ))
      ),
    );
}
