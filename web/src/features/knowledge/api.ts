import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import { queryClient } from '@/api/query-client';
import type { Chunk, Document } from '@/api/types';

const POLL_MS = 1000;

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
  });
}

export function isUnfinished(document: Document): boolean {
  return !['ready', 'failed', 'needs_ocr', 'cancelled'].includes(document.status);
}

/** Documents of a knowledge base; asked for again every second while one of them is being read. */
export function documentsQuery(id: string) {
  return infiniteQueryOptions({
    queryKey: ['documents', id],
    queryFn: ({ pageParam }) =>
      call(
        client.GET('/api/v1/knowledge-bases/{id}/documents', {
          params: { path: { id }, query: { limit: 100, after: pageParam } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.items.some(isUnfinished)) ? POLL_MS : false,
  });
}

export function documentQuery(id: string) {
  return queryOptions({
    queryKey: ['document', id],
    queryFn: () => call(client.GET('/api/v1/documents/{id}', { params: { path: { id } } })),
  });
}

function chunkPage(id: string, after: string | undefined) {
  return call(
    client.GET('/api/v1/documents/{id}/chunks', { params: { path: { id }, query: { limit: 100, after } } }),
  );
}

/** Reads chunks from the start of a document until a wanted one is among them. */
async function chunksUntil(documentId: string, chunkId: string): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  let after: string | undefined;
  do {
    const page = await chunkPage(documentId, after);
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

/** Chunks of a document for reading on; the first page reaches as far as the wanted chunk. */
export function chunksQuery(documentId: string, wanted: string | undefined) {
  return infiniteQueryOptions({
    queryKey: ['chunks', documentId, wanted ?? null],
    queryFn: async ({ pageParam }) => {
      const first = await chunkPage(documentId, pageParam);
      const items = [...first.items];
      let { next } = first;
      while (wanted && pageParam === undefined && next && !items.some((chunk) => chunk.id === wanted)) {
        const page = await chunkPage(documentId, next);
        items.push(...page.items);
        next = page.next;
      }
      return { items, next };
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

export function refreshKnowledge(id?: string): void {
  void queryClient.invalidateQueries({ queryKey: knowledgeBasesQuery.queryKey });
  if (!id) return;
  void queryClient.invalidateQueries({ queryKey: knowledgeBaseQuery(id).queryKey });
  void queryClient.invalidateQueries({ queryKey: documentsQuery(id).queryKey });
}

export async function createKnowledgeBase(body: { name: string; description?: string }) {
  const created = await call(client.POST('/api/v1/knowledge-bases', { body }));
  refreshKnowledge();
  return created;
}

export async function changeKnowledgeBase(id: string, body: { name?: string; description?: string }) {
  const changed = await call(client.PATCH('/api/v1/knowledge-bases/{id}', { params: { path: { id } }, body }));
  queryClient.setQueryData(knowledgeBaseQuery(id).queryKey, changed);
  refreshKnowledge();
  return changed;
}

export async function deleteKnowledgeBase(id: string) {
  await call(client.DELETE('/api/v1/knowledge-bases/{id}', { params: { path: { id } } }));
  queryClient.removeQueries({ queryKey: knowledgeBaseQuery(id).queryKey });
  refreshKnowledge();
}

export async function deleteDocument(document: Document) {
  await call(client.DELETE('/api/v1/documents/{id}', { params: { path: { id: document.id } } }));
  refreshKnowledge(document.knowledge_base_id);
}

export async function retryDocument(document: Document) {
  await call(client.POST('/api/v1/documents/{id}/retry', { params: { path: { id: document.id } } }));
  refreshKnowledge(document.knowledge_base_id);
}

export function searchKnowledge(id: string, query: string) {
  return call(
    client.POST('/api/v1/knowledge-bases/{id}/search', { params: { path: { id } }, body: { query, limit: 10 } }),
  );
}
