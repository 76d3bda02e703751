import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import { queryClient } from '@/api/query-client';
import type { components } from '@/api/schema';

type Schemas = components['schemas'];
export type Trigger = Schemas['Trigger'];
export type TriggerSettings = Schemas['TriggerSettings'];
export type Firing = Schemas['Firing'];
export type NewTrigger = Schemas['TriggerBody'];
export type TriggerChange = Schemas['TriggerUpdate'];

/** Triggers, all or those of one flow. */
export function triggersQuery(flow?: string) {
  return infiniteQueryOptions({
    queryKey: flow ? ['triggers', flow] : ['triggers'],
    queryFn: ({ pageParam }) => call(client.GET('/api/v1/triggers', { params: { query: { limit: 50, after: pageParam, flow } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

export function triggerQuery(id: string) {
  return queryOptions({
    queryKey: ['trigger', id],
    queryFn: () => call(client.GET('/api/v1/triggers/{id}', { params: { path: { id } } })),
  });
}

export function firingsQuery(id: string) {
  return infiniteQueryOptions({
    queryKey: ['trigger', id, 'firings'],
    queryFn: ({ pageParam }) =>
      call(client.GET('/api/v1/triggers/{id}/firings', { params: { path: { id }, query: { limit: 50, after: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    refetchInterval: 5000,
  });
}

/** The inputs that a flow asks for, by its slug or id. */
export function flowInputsQuery(flow: string) {
  return queryOptions({
    queryKey: ['flows', flow, 'inputs'],
    queryFn: async () => {
      const { draft } = await call(client.GET('/api/v1/flows/{flow}', { params: { path: { flow } } }));
      return draft.document.inputs ?? [];
    },
    enabled: flow !== '',
  });
}

async function changed<T>(id: string | null, request: Promise<T>): Promise<T> {
  const answer = await request;
  if (id) await queryClient.invalidateQueries({ queryKey: ['trigger', id] });
  await queryClient.invalidateQueries({ queryKey: ['triggers'] });
  return answer;
}

const at = (id: string) => ({ params: { path: { id } } });

export const addTrigger = (body: NewTrigger) => changed(null, call(client.POST('/api/v1/triggers', { body })));
export const changeTrigger = (id: string, body: TriggerChange) =>
  changed(id, call(client.PATCH('/api/v1/triggers/{id}', { ...at(id), body })));
export const rotateSecret = (id: string, overlap: string) =>
  changed(id, call(client.POST('/api/v1/triggers/{id}/rotate', { ...at(id), body: { overlap } })));
export const fireTrigger = (id: string, body: unknown) =>
  changed(id, call(client.POST('/api/v1/triggers/{id}/fire', { ...at(id), body: { body } as Schemas['HandFiring'] })));

export async function deleteTrigger(id: string) {
  await call(client.DELETE('/api/v1/triggers/{id}', at(id)));
  queryClient.removeQueries({ queryKey: ['trigger', id] });
  await queryClient.invalidateQueries({ queryKey: ['triggers'] });
}
