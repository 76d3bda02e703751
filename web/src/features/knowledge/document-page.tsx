import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { ChevronLeft } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { Chunk } from '@/api/types';
import { placeOf } from '@/features/chat/place';
import { t, tn } from './words';
import { formatBytes } from '@/i18n/format';
import { Button } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Page } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { chunksQuery, documentQuery } from './api';
import { OriginalLink } from './original-link';

/** The pieces a document was cut into. */
export function DocumentPage() {
  const { id, doc } = useParams({ from: '/app/knowledge/$id/documents/$doc' });
  const { chunk: wanted } = useSearch({ from: '/app/knowledge/$id/documents/$doc' });
  const document = useQuery(documentQuery(doc));
  const chunks = useInfiniteQuery(chunksQuery(doc, wanted));
  const error = document.error ?? chunks.error;
  const items = chunks.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Page
      title={document.data?.name ?? t('document.title')}
      lead={
        document.data && (
          <span className="num">
            {formatBytes(document.data.bytes)} · {tn('count.chunks', document.data.chunks)}
          </span>
        )
      }
      above={
        <Link to="/knowledge/$id" params={{ id }} className="mb-2 -ms-1 inline-flex items-center gap-0.5 rounded-sm text-12 text-fg-2 hover:text-fg">
          <ChevronLeft size={14} className="rtl:-scale-x-100" />
          {t('knowledge.tab.documents')}
        </Link>
      }
      actions={document.data && <OriginalLink documentId={doc} name={document.data.name} />}
    >
      {error && <ProblemBox error={error} onRetry={() => void chunks.refetch()} />}
      {chunks.isPending && <SkeletonRows rows={8} />}
      {chunks.data && items.length === 0 && <p className="text-fg-2">{t('document.noChunks')}</p>}
      <ol className="flex flex-col gap-3">
        {items.map((chunk) => (
          <ChunkCard key={chunk.id} chunk={chunk} wanted={chunk.id === wanted} />
        ))}
      </ol>
      {chunks.hasNextPage && (
        <Button className="mx-auto mt-4 flex" busy={chunks.isFetchingNextPage} onClick={() => void chunks.fetchNextPage()}>
          {t('action.more')}
        </Button>
      )}
    </Page>
  );
}

function ChunkCard({ chunk, wanted }: { chunk: Chunk; wanted: boolean }) {
  const place = placeOf(chunk);
  const card = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (wanted) card.current?.scrollIntoView({ block: 'center' });
  }, [wanted]);
  return (
    <li
      ref={card}
      id={chunk.id}
      data-testid="chunk"
      aria-current={wanted || undefined}
      className={cx('rounded-lg border bg-surface', wanted ? 'border-accent' : 'border-line')}
    >
      <p className="num flex gap-3 border-b border-line px-4 py-1.5 text-12 text-fg-3">
        <span className="font-mono">{(chunk.index ?? 0) + 1}</span>
        <span className="truncate">{place}</span>
      </p>
      <p className="px-4 py-3 break-words whitespace-pre-wrap">
        {wanted ? <mark className="rounded-sm bg-mark box-decoration-clone text-fg">{chunk.text}</mark> : chunk.text}
      </p>
    </li>
  );
}
