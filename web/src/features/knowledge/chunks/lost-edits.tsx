import { useMutation, useQuery } from '@tanstack/react-query';
import type { Chunk } from '@/api/types';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { Notice, ProblemBox } from '@/ui/problem';
import { chunkPage } from '../api';
import { addChunk, deleteChunk } from './chunk-api';
import { t, tn } from './words';

/** Changes that people made to chunks whose text is no longer in the document. */
export function LostEdits({ documentId, count, mayWrite }: { documentId: string; count: number; mayWrite: boolean }) {
  const lost = useQuery({
    queryKey: ['lost-edits', documentId, count],
    queryFn: () => chunkPage(documentId, { lost: true }),
    enabled: count > 0,
  });
  if (count === 0) return null;
  return (
    <Notice tone="warn" className="mb-4">
      <details data-testid="lost-edits">
        <summary className="cursor-pointer rounded-sm font-medium text-fg">{tn('lost.title', count)}</summary>
        <p className="mt-1 text-fg-2">{t('lost.text')}</p>
        {lost.error && <ProblemBox error={lost.error} onRetry={() => void lost.refetch()} className="mt-2" />}
        <ul className="mt-2 flex flex-col gap-2">
          {lost.data?.items.map((chunk) => (
            <Lost key={chunk.id} chunk={chunk} mayWrite={mayWrite} />
          ))}
        </ul>
      </details>
    </Notice>
  );
}

function Lost({ chunk, mayWrite }: { chunk: Chunk; mayWrite: boolean }) {
  const keep = useMutation({
    mutationFn: async () => {
      const { text, given, heading, page, keywords, metadata } = chunk;
      await addChunk(chunk.document_id, { text, given: given ?? null, heading: heading ?? null, page: page ?? null, keywords, metadata });
      await deleteChunk(chunk);
    },
  });
  const forget = useMutation({ mutationFn: () => deleteChunk(chunk) });
  const error = keep.error ?? forget.error;
  return (
    <li className="rounded-md border border-line bg-surface px-3 py-2 text-fg">
      <p className="break-words whitespace-pre-wrap">{chunk.text}</p>
      {typeof chunk.source_text === 'string' && (
        <p className="mt-1 border-s-2 border-line-strong ps-2 text-12 break-words whitespace-pre-wrap text-fg-3">{chunk.source_text}</p>
      )}
      {error && <ProblemBox error={error} className="mt-2" />}
      <div className="mt-2 flex flex-wrap items-center gap-2">
        {mayWrite && (
          <>
            <Button size="sm" busy={keep.isPending} onClick={() => keep.mutate()}>
              {t('lost.keep')}
            </Button>
            <Button size="sm" kind="ghost" busy={forget.isPending} onClick={() => forget.mutate()}>
              {t('lost.forget')}
            </Button>
          </>
        )}
        <CopyButton text={chunk.text} label={t('chunk.copy')} />
      </div>
    </li>
  );
}
