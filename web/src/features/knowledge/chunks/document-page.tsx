import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { ChevronLeft } from 'lucide-react';
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { usePermission } from '@/features/session/api';
import { formatBytes } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Input, Select } from '@/ui/field';
import { Page } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { chunksQuery, documentQuery } from '../api';
import { isUnfinished } from '../documents/document-list';
import { StageTimes } from '../documents/document-state';
import { isHeard } from '../heard';
import { useKnowledgeEvents } from '../listen';
import { MetadataLabels } from '../metadata-fields';
import { Origin } from '../origin';
import { t as td } from '../words';
import { chunksChanged } from './chunk-api';
import { ChunkCard } from './chunk-card';
import { DocumentActions, DocumentNotice } from './document-head';
import { LostEdits } from './lost-edits';
import { NewChunk } from './new-chunk';
import { OriginalPane } from './original-pane';
import { t, tn } from './words';

const KINDS = ['all', 'edited', 'added', 'disabled'] as const;
type Kind = (typeof KINDS)[number];
/** So many chunks come by themselves; the rest of a very long document on request. */
const BY_THEMSELVES = 1000;

/** The document; while it is being read and no events tell of it, it is read again every second. */
function useDocument(base: string, id: string) {
  useKnowledgeEvents(base);
  const document = useQuery({
    ...documentQuery(id),
    refetchInterval: ({ state }) => (state.data && isUnfinished(state.data) && !isHeard(base) ? 1000 : false),
  });
  const working = document.data !== undefined && isUnfinished(document.data);
  const before = useRef(working);
  useEffect(() => {
    if (before.current && !working) chunksChanged(id);
    before.current = working;
  }, [id, working]);
  return document;
}

/** A document's chunks beside what they came from. */
export function DocumentPage() {
  const { id, doc } = useParams({ from: '/app/knowledge/$id/documents/$doc' });
  const { chunk: wanted } = useSearch({ from: '/app/knowledge/$id/documents/$doc' });
  const navigate = useNavigate();
  const document = useDocument(id, doc);
  const mayWrite = usePermission('knowledge.write');
  const [words, setWords] = useState('');
  const [kind, setKind] = useState<Kind>('all');
  const [adding, setAdding] = useState(false);
  const looked = useDeferredValue(words.trim());
  const chunks = useInfiniteQuery(chunksQuery(doc, looked));
  const items = useMemo(() => chunks.data?.pages.flatMap((page) => page.items) ?? [], [chunks.data]);
  const shown = items.filter((chunk) => kind === 'all' || (kind === 'disabled' ? !chunk.enabled : chunk[kind]));
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = chunks;

  // The wanted chunk may be far down; pages come until it is there.
  const missing = wanted !== undefined && looked === '' && !items.some((chunk) => chunk.id === wanted);
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && (items.length < BY_THEMSELVES || missing)) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, items.length, missing]);

  const want = useCallback(
    (chunk: string) => void navigate({ to: '/knowledge/$id/documents/$doc', params: { id, doc }, search: { chunk }, replace: true }),
    [navigate, id, doc],
  );
  const error = document.error ?? chunks.error;
  return (
    <Page
      wide
      title={document.data?.name ?? td('document.title')}
      lead={
        document.data && (
          <span className="num">
            {formatBytes(document.data.bytes)} · {tn('count.chunks', document.data.chunks)}
          </span>
        )
      }
      above={
        <Link to="/knowledge/$id/documents" params={{ id }} className="mb-2 -ms-1 inline-flex items-center gap-0.5 rounded-sm text-12 text-fg-2 hover:text-fg">
          <ChevronLeft size={14} className="rtl:-scale-x-100" />
          {td('knowledge.tab.documents')}
        </Link>
      }
      actions={document.data && <DocumentActions document={document.data} mayWrite={mayWrite} onAdd={() => setAdding(true)} />}
    >
      {error && <ProblemBox error={error} onRetry={() => void (document.error ? document.refetch() : chunks.refetch())} />}
      {document.data && (
        <>
          <div className="mb-4 flex flex-wrap items-center gap-x-6 gap-y-2 empty:hidden">
            {document.data.source_url && <Origin url={document.data.source_url} className="min-w-0 text-fg-2" />}
            <MetadataLabels metadata={document.data.metadata} />
            <StageTimes document={document.data} />
          </div>
          <DocumentNotice document={document.data} mayWrite={mayWrite} />
          <LostEdits documentId={doc} count={document.data.lost_edits} mayWrite={mayWrite} />
          <div className="grid gap-4 lg:grid-cols-2 lg:items-start">
            <div className="flex max-h-[45vh] min-w-0 flex-col lg:sticky lg:top-0 lg:max-h-[calc(100vh-64px)]">
              <OriginalPane document={document.data} chunks={items} wanted={wanted} onWant={want} />
            </div>
            <section aria-label={t('chunks.title')} className="flex min-w-0 flex-col gap-3">
              <div className="flex flex-wrap gap-2" role="search">
                <Input type="search" className="min-w-0 flex-1 basis-40" aria-label={t('chunks.search')} placeholder={t('chunks.search')} value={words} onChange={(event) => setWords(event.target.value)} />
                <Select className="w-auto!" aria-label={t('chunks.kind')} value={kind} onChange={(event) => setKind(event.target.value as Kind)}>
                  {KINDS.map((one) => (
                    <option key={one} value={one}>
                      {t(`chunks.kind.${one}`)}
                    </option>
                  ))}
                </Select>
              </div>
              {chunks.isPending && <SkeletonRows rows={8} />}
              {chunks.data && shown.length === 0 && (
                <p className="py-6 text-center text-fg-2">{looked || kind !== 'all' ? t('chunks.noneFit') : t('chunks.none')}</p>
              )}
              {missing && chunks.data && !hasNextPage && <p className="text-fg-2">{t('chunks.missing')}</p>}
              <ol className="flex flex-col gap-3">
                {shown.map((chunk) => (
                  <ChunkCard key={chunk.id} chunk={chunk} wanted={chunk.id === wanted} mayWrite={mayWrite} onWant={want} />
                ))}
              </ol>
              {hasNextPage && (
                <Button className="mx-auto" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                  {t('action.more')}
                </Button>
              )}
            </section>
          </div>
          {adding && (
            <NewChunk
              documentId={doc}
              onClose={() => setAdding(false)}
              onAdded={(chunk) => {
                setAdding(false);
                want(chunk);
              }}
            />
          )}
        </>
      )}
    </Page>
  );
}
