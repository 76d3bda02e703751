import { queryOptions } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import { queryClient } from '@/api/query-client';
import type { components } from '@/api/schema';
import { refreshKnowledge } from '../api';
import { isHeard } from '../heard';

type Schemas = components['schemas'];
export type Source = Schemas['Source'];
export type SourceRequest = Schemas['SourceRequest'];
export type SourceSettings = Schemas['SourceSettings'];
export type Sync = Schemas['Sync'];

/** How often a sync that is under way is looked at, and how often whether one began by itself. */
const LOOK_MS = 1000;
const IDLE_MS = 15_000;

export const isUnderWay = (sync: Sync | null | undefined): boolean => sync?.status === 'queued' || sync?.status === 'running';

export function sourcesQuery(id: string) {
  return queryOptions({
    queryKey: ['sources', id],
    queryFn: async () => {
      const { items } = await call(client.GET('/api/v1/knowledge-bases/{id}/sources', { params: { path: { id }, query: { limit: 200 } } }));
      return items as Source[];
    },
    // Its events tell of syncs; without them it is looked.
    refetchInterval: ({ state }) => (isHeard(id) ? false : state.data?.some(({ last_sync }) => isUnderWay(last_sync)) ? LOOK_MS : IDLE_MS),
  });
}

/** What came of a source's syncs, newest first; read anew when its latest one is another, or over. */
export function syncsQuery({ id, knowledge_base_id, last_sync }: Source) {
  return queryOptions({
    queryKey: ['syncs', id, last_sync?.id, last_sync?.status],
    queryFn: async () => {
      const path = { id: knowledge_base_id, source: id };
      const { items } = await call(client.GET('/api/v1/knowledge-bases/{id}/sources/{source}/syncs', { params: { path, query: { limit: 100 } } }));
      return items as Sync[];
    },
    placeholderData: (before: Sync[] | undefined) => before,
  });
}

/** Puts a source as it is now in its place. */
function is(source: Source): Source {
  queryClient.setQueryData(sourcesQuery(source.knowledge_base_id).queryKey, (before) =>
    before?.some(({ id }) => id === source.id) ? before.map((one) => (one.id === source.id ? source : one)) : [...(before ?? []), source],
  );
  void queryClient.invalidateQueries({ queryKey: sourcesQuery(source.knowledge_base_id).queryKey });
  return source;
}

const at = ({ id, knowledge_base_id }: Source) => ({ path: { id: knowledge_base_id, source: id } });

export async function addSource(id: string, body: SourceRequest): Promise<Source> {
  return is(await call(client.POST('/api/v1/knowledge-bases/{id}/sources', { params: { path: { id } }, body })));
}

export async function changeSource(source: Source, body: Schemas['SourceChanges']): Promise<Source> {
  return is(await call(client.PATCH('/api/v1/knowledge-bases/{id}/sources/{source}', { params: at(source), body })));
}

/** Looks at a source now; `removeMany` lets more than half of its documents go. */
export async function syncNow(source: Source, removeMany: boolean): Promise<Source> {
  return is(await call(client.POST('/api/v1/knowledge-bases/{id}/sources/{source}/sync', { params: at(source), body: { remove_many: removeMany } })));
}

export async function cancelSync(source: Source): Promise<Source> {
  return is(await call(client.POST('/api/v1/knowledge-bases/{id}/sources/{source}/cancel', { params: at(source) })));
}

export async function removeSource(source: Source, documents: 'keep' | 'remove'): Promise<void> {
  await call(client.DELETE('/api/v1/knowledge-bases/{id}/sources/{source}', { params: { ...at(source), query: { documents } } }));
  queryClient.setQueryData(sourcesQuery(source.knowledge_base_id).queryKey, (before) => before?.filter(({ id }) => id !== source.id));
  refreshKnowledge(source.knowledge_base_id);
}
