import { useInfiniteQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { usePermission } from '@/features/session/api';
import { t } from './words';
import { Button } from '@/ui/button';
import { Card } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { documentsQuery, isUnfinished, refreshKnowledge } from './api';
import { DocumentRow } from './document-row';
import { DropZone } from './drop-zone';
import { UploadRow } from './upload-row';
import { useUploads } from './uploads';

export function DocumentsTab() {
  const { id } = useParams({ from: '/app/knowledge/$id' });
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(documentsQuery(id));
  const mayWrite = usePermission('knowledge.write');
  const uploads = useUploads(id);
  const documents = data?.pages.flatMap((page) => page.items) ?? [];
  const unfinished = documents.filter(isUnfinished).length;

  // The counts in the header change when a document becomes ready.
  const before = useRef(unfinished);
  useEffect(() => {
    if (unfinished < before.current) refreshKnowledge(id);
    before.current = unfinished;
  }, [id, unfinished]);

  return (
    <div className="flex flex-col gap-4">
      {mayWrite && <DropZone knowledgeBaseId={id} tall={data !== undefined && documents.length === 0} />}
      {error && <ProblemBox error={error} onRetry={() => void refetch()} />}
      {!data && !error && <SkeletonRows />}
      {data && documents.length === 0 && !mayWrite && <p className="text-fg-2">{t('document.none')}</p>}
      {(documents.length > 0 || uploads.length > 0) && (
        <Card>
          <ul data-rows className="divide-y divide-line" aria-label={t('knowledge.tab.documents')}>
            {uploads.map((upload) => (
              <UploadRow key={upload.key} upload={upload} />
            ))}
            {documents.map((document) => (
              <DocumentRow key={document.id} document={document} mayWrite={mayWrite} />
            ))}
          </ul>
        </Card>
      )}
      {hasNextPage && (
        <Button className="self-center" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t('action.more')}
        </Button>
      )}
    </div>
  );
}
