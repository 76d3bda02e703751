import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import { queryClient } from '@/api/query-client';
import type { components } from '@/api/schema';

type Schemas = components['schemas'];
export type Prompt = Schemas['Prompt'];
export type NewPrompt = Schemas['NewPrompt'];

const KEY = 'prompts';
const refresh = () => queryClient.invalidateQueries({ queryKey: [KEY] });
const at = (id: string) => ({ params: { path: { id } } });

/** The prompts with these words in them, by name, page by page. */
export function promptsQuery(words: string) {
  return infiniteQueryOptions({
    queryKey: [KEY, 'list', words],
    queryFn: ({ pageParam }) => call(client.GET('/api/v1/prompts', { params: { query: { q: words, limit: 50, after: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });
}

/** The first few of them, for who is choosing one. */
export function fittingQuery(words: string) {
  return queryOptions({
    queryKey: [KEY, 'fitting', words],
    queryFn: async () => (await call(client.GET('/api/v1/prompts', { params: { query: { q: words, limit: 50 } } }))).items,
    placeholderData: keepPreviousData,
  });
}

export function promptQuery(id: string) {
  return queryOptions({
    queryKey: [KEY, 'one', id],
    queryFn: () => call(client.GET('/api/v1/prompts/{id}', at(id))),
  });
}

export async function keepPrompt(id: string | null, body: NewPrompt): Promise<Prompt> {
  const kept = await call(id ? client.PATCH('/api/v1/prompts/{id}', { ...at(id), body }) : client.POST('/api/v1/prompts', { body }));
  await refresh();
  return kept;
}

export async function deletePrompt(id: string): Promise<void> {
  await call(client.DELETE('/api/v1/prompts/{id}', at(id)));
  await refresh();
}
