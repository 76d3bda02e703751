import { infiniteQueryOptions, queryOptions, useQuery } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { call, client } from '@/api/client';
import { queryClient } from '@/api/query-client';
import type { components } from '@/api/schema';
import type { Chunk, Document } from '@/api/types';
import { DocumentList, type Listed } from './documents/document-list';
import { isHeard } from './heard';

export type KnowledgeBase = components['schemas']['KnowledgeBase'];
export type KnowledgeBaseChanges = components['schemas']['KnowledgeBaseChanges'];

const LOOK_MS = 1000;
const PAGE = 200;

export const knowledgeBasesQuery = queryOptions({
  queryKey: ['knowledge-bases'],
  queryFn: async () => {
    const answer = await call(client.GET('/api/v1/knowledge-bases', { params: { query: { limit: 100 } } }));
    return answer.items;
  },
});

export function knowledgeBaseQuery(id: string) {
  return queryOptions({
    queryKey: ['knowledge-base', id],
    queryFn: () => call(client.GET('/api/v1/knowledge-bases/{id}', { params: { path: { id } } })),
    // While chunks are embedded anew, how many are left changes by itself.
    refetchInterval: ({ state }) => (state.data && state.data.chunks_to_embed > 0 ? 2 * LOOK_MS : false),
  });
}

export const readDocument = (id: string) => call(client.GET('/api/v1/documents/{id}', { params: { path: { id } } }));

/** The list of a knowledge base's documents; what is cached is the list, not what is in it. */
function documentListQuery(id: string) {
  return queryOptions({
    queryKey: ['document-list', id],
    queryFn: () =>
      new DocumentList({
        readPage: (after) =>
          call(client.GET('/api/v1/knowledge-bases/{id}/documents', { params: { path: { id }, query: { limit: PAGE, after } } })),
        readOne: readDocument,
      }),
    staleTime: Infinity,
    structuralSharing: false,
  });
}

const NOTHING: Listed = { documents: [], complete: false, error: null };
const noSubscription = () => () => {};

/** All documents of a knowledge base, looked at every second while one of them is being read and no events tell of it. */
export function useDocuments(id: string): Listed & { list: DocumentList | undefined } {
  const { data: list } = useQuery(documentListQuery(id));
  const listed = useSyncExternalStore(list?.subscribe ?? noSubscription, list?.snapshot ?? (() => NOTHING));
  useEffect(() => {
    if (!list) return undefined;
    let over = false;
    let timer: ReturnType<typeof setTimeout>;
    const again = async () => {
      const working = document.hidden || isHeard(id) ? false : await list.look();
      // Counts of the knowledge base change when documents become ready.
      if (working) void queryClient.invalidateQueries({ queryKey: knowledgeBaseQuery(id).queryKey });
      if (!over) timer = setTimeout(again, LOOK_MS);
    };
    void list.load().then(again);
    // Events go on where they stopped; without them everything is read anew.
    const back = () => !document.hidden && !isHeard(id) && void list.load();
    document.addEventListener('visibilitychange', back);
    return () => {
      over = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', back);
    };
  }, [id, list]);
  return { ...listed, list };
}

export const listOf = (id: string) => queryClient.getQueryData(documentListQuery(id).queryKey);

export function documentQuery(id: string) {
  return queryOptions({
    queryKey: ['document', id],
    queryFn: () => readDocument(id),
  });
}

function countsChanged(id: string): void {
  void queryClient.invalidateQueries({ queryKey: knowledgeBasesQuery.queryKey });
  void queryClient.invalidateQueries({ queryKey: knowledgeBaseQuery(id).queryKey });
}

/** Documents that are new, or otherwise than they were. */
export function documentsArrived(id: string, documents: readonly Document[]): void {
  listOf(id)?.put(documents);
  for (const document of documents) queryClient.setQueryData(documentQuery(document.id).queryKey, document);
  countsChanged(id);
}

export function documentsGone(id: string, ids: readonly string[]): void {
  listOf(id)?.drop(ids);
  countsChanged(id);
}

/** Reads everything about a knowledge base again. */
export function refreshKnowledge(id: string): void {
  countsChanged(id);
  void listOf(id)?.load();
}

/** Chunks of a document from a place on; all that are changed differently have a page of their own. */
export function chunkPage(id: string, query: { after?: string | undefined; query?: string | undefined; lost?: boolean }) {
  return call(client.GET('/api/v1/documents/{id}/chunks', { params: { path: { id }, query: { limit: PAGE, ...query } } }));
}

/** Reads chunks from the start of a document until a wanted one is among them. */
async function chunksUntil(documentId: string, chunkId: string): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  let after: string | undefined;
  do {
    const page = await chunkPage(documentId, { after });
    chunks.push(...page.items);
    after = page.next ?? undefined;
  } while (after && !chunks.slice(0, -2).some((chunk) => chunk.id === chunkId));
  return chunks;
}

export function chunksAroundQuery(documentId: string, chunkId: string) {
  return queryOptions({
    queryKey: ['chunks-around', documentId, chunkId],
    queryFn: () => chunksUntil(documentId, chunkId),
    staleTime: 60_000,
  });
}

export const chunksKey = (documentId: string) => ['chunks', documentId] as const;

/** Chunks of a document for reading on; those with some words only, when there are any. */
export function chunksQuery(documentId: string, words: string) {
  return infiniteQueryOptions({
    queryKey: [...chunksKey(documentId), words],
    queryFn: ({ pageParam }) => chunkPage(documentId, { after: pageParam, query: words || undefined }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

export async function createKnowledgeBase(body: { name: string; description?: string | undefined; embedding_model?: string | undefined }) {
  const created = await call(client.POST('/api/v1/knowledge-bases', { body }));
  void queryClient.invalidateQueries({ queryKey: knowledgeBasesQuery.queryKey });
  return created;
}

export async function changeKnowledgeBase(id: string, body: KnowledgeBaseChanges) {
  const changed = await call(client.PATCH('/api/v1/knowledge-bases/{id}', { params: { path: { id } }, body }));
  queryClient.setQueryData(knowledgeBaseQuery(id).queryKey, changed);
  refreshKnowledge(id);
  return changed;
}

export async function deleteKnowledgeBase(id: string) {
  await call(client.DELETE('/api/v1/knowledge-bases/{id}', { params: { path: { id } } }));
  queryClient.removeQueries({ queryKey: knowledgeBaseQuery(id).queryKey });
  void queryClient.invalidateQueries({ queryKey: knowledgeBasesQuery.queryKey });
}

/** What is asked of one document; whoever asks it of several tells the list when all are through. */
export const documentDeeds = {
  delete: (id: string) => call(client.DELETE('/api/v1/documents/{id}', { params: { path: { id } } })),
  retry: (id: string) => call(client.POST('/api/v1/documents/{id}/retry', { params: { path: { id } } })),
  cancel: (id: string) => call(client.POST('/api/v1/documents/{id}/cancel', { params: { path: { id } } })),
  say: (id: string, metadata: Document['metadata']) =>
    call(client.PATCH('/api/v1/documents/{id}', { params: { path: { id } }, body: { metadata } })),
};

export async function retryFailed(id: string) {
  const { documents } = await call(client.POST('/api/v1/knowledge-bases/{id}/retry', { params: { path: { id } } }));
  refreshKnowledge(id);
  return documents;
}
