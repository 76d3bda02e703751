import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { asApiError } from '@/api/errors';
import type { Document } from '@/api/types';
import { toast } from '@/ui/toast';
import { documentDeeds, documentsArrived, documentsGone, readDocument } from '../api';
import type { Metadata } from '../metadata';
import { t, tn } from '../words';
import { toAll } from './bulk';
import { hasFailed, isUnfinished } from './document-list';

export interface Through {
  through: number;
  of: number;
}

/** Which of some documents a deed makes sense for. */
export const fitFor = {
  retry: (document: Document) => hasFailed(document) || document.status === 'cancelled',
  cancel: isUnfinished,
  // What a source has, it would bring again: it is removed there.
  delete: (document: Document) => !document.source_id,
};

/** Does things to one document or many, tells how far it is, and says what could not be done. */
export function useDeeds(knowledgeBaseId: string) {
  const [far, setFar] = useState<Through | null>(null);
  const run = useMutation({
    mutationFn: async (work: { documents: readonly Document[]; act: (document: Document) => Promise<Document | null> }) => {
      const { documents, act } = work;
      const fresh: Document[] = [];
      const gone: string[] = [];
      if (documents.length > 1) setFar({ through: 0, of: documents.length });
      const outcome = await toAll(
        documents,
        async (document) => {
          const now = await act(document);
          if (now) fresh.push(now);
          else gone.push(document.id);
        },
        (through) => documents.length > 1 && setFar({ through, of: documents.length }),
      );
      setFar(null);
      if (fresh.length > 0) documentsArrived(knowledgeBaseId, fresh);
      if (gone.length > 0) documentsGone(knowledgeBaseId, gone);
      const [first] = outcome.failed;
      if (first) {
        const more = outcome.failed.length - 1;
        toast.error(more > 0 ? `${first.item.name}: ${first.error.message} ${tn('bulk.more', more)}` : first.error.message);
      }
      return outcome;
    },
    onError: (error) => toast.error(error.message),
  });
  const each = (act: (document: Document) => Promise<Document | null>) => (documents: readonly Document[]) =>
    run.mutateAsync({ documents, act });
  return {
    far,
    isPending: run.isPending,
    remove: each(async ({ id }) => {
      await documentDeeds.delete(id);
      return null;
    }),
    retry: each(({ id }) => documentDeeds.retry(id)),
    // One that is through by now is not being read any more, which is what was wanted.
    cancel: each(({ id }) => documentDeeds.cancel(id).catch((error: unknown) => (asApiError(error).status === 409 ? readDocument(id) : Promise.reject(error)))),
    say: (documents: readonly Document[], metadata: (document: Document) => Metadata) =>
      each((document) => documentDeeds.say(document.id, metadata(document)))(documents),
    /** "Deleting 34 of 120", while it is so. */
    text: far ? t('bulk.through', { through: far.through, all: far.of }) : null,
  };
}
