import { infiniteQueryOptions } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import { queryClient } from '@/api/query-client';
import type { components } from '@/api/schema';

export type Wait = components['schemas']['Wait'];
export type Reply = components['schemas']['WaitAnswer'];

/** What waits for the signed-in person, oldest first. */
export const waitsQuery = infiniteQueryOptions({
  queryKey: ['waits'],
  queryFn: ({ pageParam }) => call(client.GET('/api/v1/waits', { params: { query: { limit: 50, after: pageParam } } })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.next ?? undefined,
  refetchInterval: 5000,
});

export async function answerWait(id: string, body: Reply) {
  try {
    return await call(client.POST('/api/v1/waits/{id}/answer', { params: { path: { id } }, body }));
  } finally {
    // Also after a refusal: somebody else may have answered.
    await queryClient.invalidateQueries({ queryKey: waitsQuery.queryKey });
  }
}

export function linkWait(id: string, lasts: string, holder: string) {
  const body = { lasts, for: holder || null };
  return call(client.POST('/api/v1/waits/{id}/link', { params: { path: { id } }, body }));
}

export function askedBy(token: string) {
  return call(client.GET('/api/v1/answers/{token}', { params: { path: { token } } }));
}

export function answerLink(token: string, body: Reply) {
  return call(client.POST('/api/v1/answers/{token}', { params: { path: { token } }, body }));
}
