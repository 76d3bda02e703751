import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import type { components } from '@/api/schema';

export type AuditEntry = components['schemas']['AuditEntry'];
export type Limit = components['schemas']['Limit'];

/** What the address of the audit log says; days are those of the reader's clock, both included. */
export interface AuditSearch {
  caller?: string | undefined;
  action?: string | undefined;
  target?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

/** The first moment of a day such as 2026-01-31, or of a day after it; nothing for what is no day. */
export function startOf(day: string | undefined, later = 0): string | undefined {
  if (!day || !/^\d{4}-\d\d-\d\d$/.test(day)) return undefined;
  const at = new Date(`${day}T00:00:00`);
  at.setDate(at.getDate() + later);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

/** No entry is between a day and an earlier one. */
export const isBackwards = ({ from, to }: AuditSearch) => Boolean(from && to && from > to);

export function auditQuery(search: AuditSearch) {
  const { caller, action, target, from, to } = search;
  const asked = { caller, action, target, from: startOf(from), to: startOf(to, 1) };
  return infiniteQueryOptions({
    queryKey: ['audit', asked],
    queryFn: ({ pageParam }) => call(client.GET('/api/v1/audit', { params: { query: { ...asked, limit: 50, after: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    enabled: !isBackwards(search),
    staleTime: 0,
  });
}

export const limitsQuery = queryOptions({
  queryKey: ['limits'],
  queryFn: async () => (await call(client.GET('/api/v1/limits'))).items,
  staleTime: 0,
});
