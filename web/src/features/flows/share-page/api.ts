import { queryOptions } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import { queryClient } from '@/api/query-client';
import type { components } from '@/api/schema';

export type Share = components['schemas']['Share'];
export type ShareSettings = components['schemas']['ShareSettings'];

export function sharesQuery(flow: string) {
  return queryOptions({
    queryKey: ['shares', flow],
    queryFn: async () => (await call(client.GET('/api/v1/shares', { params: { query: { flow, limit: 200 } } }))).items,
    // How much was used today grows while one looks.
    refetchInterval: 15_000,
  });
}

const refresh = () => queryClient.invalidateQueries({ queryKey: ['shares'] });

export async function createShare(flow: string, settings: ShareSettings): Promise<Share> {
  const share = await call(client.POST('/api/v1/shares', { body: { flow, settings } }));
  await refresh();
  return share;
}

export async function updateShare(id: string, change: { enabled?: boolean; settings?: ShareSettings }): Promise<Share> {
  const share = await call(client.PATCH('/api/v1/shares/{id}', { params: { path: { id } }, body: change }));
  await refresh();
  return share;
}

export async function rotateShare(id: string): Promise<void> {
  await call(client.POST('/api/v1/shares/{id}/rotate', { params: { path: { id } } }));
  await refresh();
}

export async function deleteShare(id: string): Promise<void> {
  await call(client.DELETE('/api/v1/shares/{id}', { params: { path: { id } } }));
  await refresh();
}
