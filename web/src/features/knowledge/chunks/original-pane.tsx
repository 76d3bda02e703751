import { useMutation, useQuery } from '@tanstack/react-query';
import { ExternalLink } from 'lucide-react';
import { lazy, memo, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import type { Chunk, Document } from '@/api/types';
import { withWords } from '@/i18n';
import { Button } from '@/ui/button';
import { cx } from '@/ui/cx';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { toast } from '@/ui/toast';
import { hovering, useIsHovered } from './hover';
import { type Piece, pieces, placed } from './locate';
import { fetchOriginal, lookOf, openPdf, originalTextQuery } from './original';
import { ReadText } from './read-text';
import { bringIntoView } from './scroll';
import { t } from './words';

/** What draws pages is large, and few documents need it. */
const PdfPane = lazy(withWords(async () => ({ default: (await import('./pdf/pdf-pane')).PdfPane })));

interface OriginalPaneProps {
  document: Document;
  chunks: readonly Chunk[];
  wanted: string | undefined;
  onWant: (id: string) => void;
}

/** What the chunks came from: its text, its picture, its pages, or else what was read of it. */
export function OriginalPane({ document, chunks, wanted, onWant }: OriginalPaneProps) {
  const look = lookOf(document);
  const page = chunks.find(({ id }) => id === wanted)?.page ?? null;
  const open = useMutation({ mutationFn: () => openPdf(document.id, page), onError: (error) => toast.error(error.message) });
  return (
    <section aria-label={t('original.title')} className="flex min-h-0 flex-col overflow-hidden rounded-lg border border-line bg-surface">
      <header className="flex min-h-9 items-center gap-2 border-b border-line ps-4 pe-2 text-12">
        <h2 className="min-w-0 flex-1 truncate font-medium text-fg-2">{look === null ? t('original.read.title') : t('original.title')}</h2>
        {look === 'pdf' && (
          <Button size="sm" kind="ghost" busy={open.isPending} onClick={() => open.mutate()}>
            <ExternalLink size={13} />
            {page === null ? t('original.open') : t('original.openPage', { page })}
          </Button>
        )}
      </header>
      {look === 'text' && <OriginalText document={document} chunks={chunks} wanted={wanted} onWant={onWant} />}
      {look === 'picture' && <OriginalPicture document={document} />}
      {look === 'pdf' && (
        <Suspense fallback={<div className="px-4"><SkeletonRows rows={10} /></div>}>
          <PdfPane document={document} chunks={chunks} wanted={wanted} onWant={onWant} />
        </Suspense>
      )}
      {look === null && <ReadText chunks={chunks} wanted={wanted} onWant={onWant} />}
    </section>
  );
}

function OriginalText({ document, chunks, wanted, onWant }: OriginalPaneProps) {
  const text = useQuery(originalTextQuery(document));
  const box = useRef<HTMLDivElement>(null);
  const spans = useMemo(() => (text.data === undefined ? [] : placed(text.data, chunks)), [text.data, chunks]);
  const parts = useMemo(() => {
    // Where chunks lie over each other, the wanted one is shown whole.
    const chosen = spans.find(({ chunk }) => chunk.id === wanted);
    const clear = chosen ? spans.filter((span) => span === chosen || span.end <= chosen.start || span.start >= chosen.end) : spans;
    return text.data === undefined ? [] : pieces(text.data, clear);
  }, [text.data, spans, wanted]);
  useEffect(() => bringIntoView(box.current, 'mark'), [parts]);
  if (text.error) return <ProblemBox error={text.error} onRetry={() => void text.refetch()} className="m-4" />;
  if (text.data === undefined) return <div className="px-4"><SkeletonRows rows={10} /></div>;
  return (
    // The list of chunks beside it does the same for keys.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <div
      ref={box}
      className="scroll-thin relative min-h-0 flex-1 overflow-y-auto px-4 py-3"
      tabIndex={0}
      role="region"
      aria-label={t('original.text')}
      onClick={(event) => {
        const id = (event.target as Element).closest('[data-chunk]')?.getAttribute('data-chunk');
        if (id && getSelection()?.isCollapsed !== false) onWant(id);
      }}
      {...hovering}
    >
      <p className="font-mono text-12 leading-5 break-words whitespace-pre-wrap text-fg-3" data-testid="original-text">
        {parts.map((piece) => (
          <TextPiece key={piece.at} piece={piece} wanted={piece.chunk !== null && piece.chunk.id === wanted} />
        ))}
      </p>
    </div>
  );
}

const TextPiece = memo(function TextPiece({ piece: { text, chunk }, wanted }: { piece: Piece<Chunk>; wanted: boolean }) {
  const hovered = useIsHovered(chunk?.id ?? '');
  if (!chunk) return text;
  if (wanted) return <mark data-chunk={chunk.id} className="rounded-sm bg-mark box-decoration-clone text-fg">{text}</mark>;
  return <span data-chunk={chunk.id} className={cx('cursor-pointer', hovered && 'bg-surface-3', chunk.enabled ? 'text-fg' : 'line-through')}>{text}</span>;
});

function OriginalPicture({ document }: { document: Document }) {
  const [url, setUrl] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    let made: string | null = null;
    let over = false;
    fetchOriginal(document.id).then(
      (file) => {
        if (over) return;
        made = URL.createObjectURL(new Blob([file], { type: document.media_type }));
        setUrl(made);
      },
      (reason: unknown) => setError(reason),
    );
    return () => {
      over = true;
      if (made) URL.revokeObjectURL(made);
    };
  }, [document.id, document.media_type]);
  if (error) return <ProblemBox error={error} className="m-4" />;
  return (
    <div className="scroll-thin min-h-0 flex-1 overflow-y-auto p-4">
      {url ? <img src={url} alt={document.name} className="max-w-full" /> : <SkeletonRows />}
    </div>
  );
}
