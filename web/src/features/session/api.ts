import { queryOptions, useQuery } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import { ApiError } from '@/api/errors';
import { queryClient } from '@/api/query-client';
import type { Me, Role } from '@/api/types';
import { activeWorkspace, setActiveWorkspace } from '@/api/workspace';

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async () => {
    const me = () => call(client.GET('/api/v1/me'));
    try {
      return await me();
    } catch (error) {
      // The workspace this browser last worked in may be gone, or no longer mine.
      if (!(error instanceof ApiError) || error.status !== 404 || !activeWorkspace()) throw error;
      setActiveWorkspace(null);
      void queryClient.resetQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'me' });
      return me();
    }
  },
  staleTime: 60_000,
});

export async function signIn(email: string, password: string): Promise<Me> {
  const me = await call(client.POST('/api/v1/session', { body: { email, password } }));
  queryClient.clear();
  queryClient.setQueryData(meQuery.queryKey, me);
  return me;
}

export async function signOut(): Promise<void> {
  await call(client.DELETE('/api/v1/session'));
  setActiveWorkspace(null);
  queryClient.clear();
}

const RANK: Record<Role, number> = { viewer: 0, editor: 1, admin: 2, owner: 3 };

export function atLeast(role: Role | undefined, needed: Role): boolean {
  return role !== undefined && RANK[role] >= RANK[needed];
}

/** Whether the signed-in person holds a permission, such as `knowledge.write`. */
export function usePermission(permission: string): boolean {
  const { data } = useQuery(meQuery);
  return data?.permissions.includes(permission) ?? false;
}
