import { call, client } from '@/api/client';
import { queryClient } from '@/api/query-client';
import type { components } from '@/api/schema';
import type { Chunk } from '@/api/types';
import { chunksKey, documentQuery } from '../api';

type Changes = components['schemas']['ChunkChangesRequest'];
type NewChunk = components['schemas']['NewChunkRequest'];
interface Pages {
  pages: { items: Chunk[]; next?: string | null }[];
  pageParams: unknown[];
}

/** Puts a chunk as it is now into every list that shows it. */
function show(chunk: Chunk): void {
  queryClient.setQueriesData<Pages>({ queryKey: chunksKey(chunk.document_id) }, (data) =>
    data && {
      ...data,
      pages: data.pages.map((page) => ({ ...page, items: page.items.map((one) => (one.id === chunk.id ? chunk : one)) })),
    },
  );
}

export function chunksChanged(documentId: string): void {
  void queryClient.invalidateQueries({ queryKey: chunksKey(documentId) });
  void queryClient.invalidateQueries({ queryKey: ['lost-edits', documentId] });
  void queryClient.invalidateQueries({ queryKey: documentQuery(documentId).queryKey });
}

export const readChunk = (id: string) => call(client.GET('/api/v1/chunks/{id}', { params: { path: { id } } }));

export async function changeChunk(id: string, body: Changes): Promise<Chunk> {
  const chunk = await call(client.PATCH('/api/v1/chunks/{id}', { params: { path: { id } }, body }));
  show(chunk);
  return chunk;
}

export async function addChunk(documentId: string, body: NewChunk): Promise<Chunk> {
  const chunk = await call(client.POST('/api/v1/documents/{id}/chunks', { params: { path: { id: documentId } }, body }));
  chunksChanged(documentId);
  return chunk;
}

export async function deleteChunk({ id, document_id }: Chunk): Promise<void> {
  await call(client.DELETE('/api/v1/chunks/{id}', { params: { path: { id } } }));
  chunksChanged(document_id);
}
