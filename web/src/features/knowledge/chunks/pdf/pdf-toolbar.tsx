import { ChevronDown, ChevronUp, Minus, Plus } from 'lucide-react';
import { useState } from 'react';
import type { Chunk } from '@/api/types';
import { formatNumber } from '@/i18n/format';
import { Button, IconButton } from '@/ui/button';
import { Input } from '@/ui/field';
import { t, tn } from '../words';
import { ZOOMS, zoomed } from './layout';

interface PdfToolbarProps {
  pages: number;
  current: number;
  zoom: number;
  chunks: readonly Chunk[];
  wanted: string | undefined;
  onPage: (page: number) => void;
  onZoom: (zoom: number) => void;
  onWant: (id: string) => void;
}

/** Leads to pages, makes them larger and smaller, and to the chunks of the page that is seen. */
export function PdfToolbar({ pages, current, zoom, chunks, wanted, onPage, onZoom, onWant }: PdfToolbarProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const here = chunks.filter(({ page }) => page === current);
  const next = here[(here.findIndex(({ id }) => id === wanted) + 1) % Math.max(1, here.length)];
  const go = () => {
    const page = Math.round(Number(typed));
    if (typed?.trim() && Number.isFinite(page)) onPage(Math.min(pages, Math.max(1, page)));
    setTyped(null);
  };
  return (
    <div role="toolbar" aria-label={t('pdf.toolbar')} className="num flex flex-wrap items-center gap-x-0.5 gap-y-1 border-b border-line px-2 py-1 text-12 text-fg-2 sm:gap-x-1">
      <IconButton small label={t('pdf.previous')} disabled={current <= 1} onClick={() => onPage(current - 1)}>
        <ChevronUp size={15} />
      </IconButton>
      <IconButton small label={t('pdf.next')} disabled={current >= pages} onClick={() => onPage(current + 1)}>
        <ChevronDown size={15} />
      </IconButton>
      <Input
        className="h-7! w-11! px-1! text-center"
        inputMode="numeric"
        aria-label={t('pdf.page')}
        value={typed ?? String(current)}
        onFocus={(event) => event.target.select()}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={go}
        onKeyDown={(event) => {
          if (event.key === 'Enter') go();
          if (event.key === 'Escape') setTyped(null);
        }}
      />
      <span className="px-0.5">{t('pdf.of', { pages: formatNumber(pages) })}</span>
      {next && (
        <Button size="sm" kind="ghost" className="px-1.5! sm:ms-1" onClick={() => onWant(next.id)} aria-label={`${tn('count.chunks', here.length)}: ${t('pdf.nextChunk')}`} title={t('pdf.nextChunk')}>
          {tn('count.chunks', here.length)}
        </Button>
      )}
      <span className="flex-1" />
      <IconButton small label={t('pdf.smaller')} disabled={zoom <= ZOOMS[0]} onClick={() => onZoom(zoomed(zoom, -1))}>
        <Minus size={15} />
      </IconButton>
      <Button size="sm" kind="ghost" className="px-1!" aria-label={t('pdf.fit', { zoom: formatNumber(Math.round(zoom * 100)) })} title={t('pdf.fit.title')} onClick={() => onZoom(1)}>
        {formatNumber(Math.round(zoom * 100))} %
      </Button>
      <IconButton small label={t('pdf.larger')} disabled={zoom >= (ZOOMS.at(-1) ?? 1)} onClick={() => onZoom(zoomed(zoom, 1))}>
        <Plus size={15} />
      </IconButton>
    </div>
  );
}
