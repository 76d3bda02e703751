import { queryOptions } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import { queryClient } from '@/api/query-client';
import type { components } from '@/api/schema';
import { modelsQuery } from './models-api';

export type LocalModel = components['schemas']['LocalModel'];

/** A model that somebody wants here. */
export interface Chosen {
  /** `OWNER/MODEL[@REVISION]`. */
  name: string;
  /** What it is called here. */
  called: string;
}

/** A model on its way. */
export interface Wanted extends Chosen {
  stop: AbortController;
}

/** Fetches under way and those that failed are looked up by it, from whichever page. */
export const FETCHING = ['local-model'];

export const localModelsQuery = queryOptions({
  queryKey: ['local-models'],
  queryFn: async () => (await call(client.GET('/api/v1/models/local'))).items,
});

/** What embeds is chosen from the list of all models, too. */
function changed(): Promise<unknown> {
  void queryClient.invalidateQueries({ queryKey: modelsQuery.queryKey });
  return queryClient.invalidateQueries({ queryKey: localModelsQuery.queryKey });
}

let underWay = 0;
/** The server gives up what nobody waits for; the browser asks before the page is left. */
const holdPage = (event: BeforeUnloadEvent) => event.preventDefault();

/** Answers when the model was fetched and tried out, which takes minutes. */
export async function addLocalModel({ name, called, stop }: Wanted) {
  underWay += 1;
  addEventListener('beforeunload', holdPage);
  try {
    await call(client.POST('/api/v1/models/local', { body: { name, as: called }, signal: stop.signal }));
  } finally {
    underWay -= 1;
    if (underWay === 0) removeEventListener('beforeunload', holdPage);
    await changed();
  }
}

export async function removeLocalModel(name: string) {
  await call(client.DELETE('/api/v1/models/local/{name}', { params: { path: { name } } }));
  await changed();
}

/** Forgets a fetch, and ends it if it is under way. */
export function forgetFetch(id: number): void {
  const cache = queryClient.getMutationCache();
  const fetch = cache.getAll().find(({ mutationId }) => mutationId === id);
  if (!fetch) return;
  (fetch.state.variables as Wanted | undefined)?.stop.abort();
  cache.remove(fetch);
}
