import { queryOptions } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import { queryClient } from '@/api/query-client';
import type { MeChange, NewKey, NewMember, Role } from '@/api/types';
import { meQuery } from '@/features/session/api';

export const membersQuery = queryOptions({
  queryKey: ['members'],
  queryFn: async () => (await call(client.GET('/api/v1/members'))).items,
});

export const keysQuery = queryOptions({
  queryKey: ['keys'],
  queryFn: async () => (await call(client.GET('/api/v1/keys'))).items,
});

export const systemQuery = queryOptions({
  queryKey: ['system'],
  queryFn: () => call(client.GET('/api/v1/system')),
  staleTime: 0,
});

const refreshMembers = () => queryClient.invalidateQueries({ queryKey: membersQuery.queryKey });
const refreshKeys = () => queryClient.invalidateQueries({ queryKey: keysQuery.queryKey });

export async function addMember(body: NewMember) {
  const added = await call(client.POST('/api/v1/members', { body }));
  await refreshMembers();
  return added;
}

export async function changeRole(userId: string, role: Role) {
  try {
    await call(client.PATCH('/api/v1/members/{user_id}', { params: { path: { user_id: userId } }, body: { role } }));
  } finally {
    await refreshMembers();
    void queryClient.invalidateQueries({ queryKey: meQuery.queryKey });
  }
}

export async function removeMember(userId: string) {
  await call(client.DELETE('/api/v1/members/{user_id}', { params: { path: { user_id: userId } } }));
  await refreshMembers();
}

export async function createKey(body: NewKey) {
  const created = await call(client.POST('/api/v1/keys', { body }));
  await refreshKeys();
  return created;
}

export async function deleteKey(id: string) {
  await call(client.DELETE('/api/v1/keys/{id}', { params: { path: { id } } }));
  await refreshKeys();
}

export async function changeMe(body: MeChange) {
  const me = await call(client.PATCH('/api/v1/me', { body }));
  queryClient.setQueryData(meQuery.queryKey, me);
  return me;
}
