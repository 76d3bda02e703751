import { queryOptions } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import { queryClient } from '@/api/query-client';
import type { components } from '@/api/schema';
import { refreshFlows } from '@/features/flows/api';
import type { Run } from '@/features/runs/api';
import type { Values } from './api';

type Schemas = components['schemas'];
export type FlowDiff = Schemas['FlowDiff'];
export type RevisionSummary = Schemas['RevisionSummary'];

/** Runs one node of the draft and waits for its end. */
export function runNode(slug: string, node: string, input: Values, outputs: Values): Promise<Run> {
  const body = { input, outputs } as Schemas['NodeTrial'];
  return call(client.POST('/api/v1/flows/{flow}/nodes/{node}/run', { params: { path: { flow: slug, node } }, body }));
}

const at = (slug: string) => ({ params: { path: { flow: slug } } });

export function revisionsQuery(slug: string) {
  return queryOptions({
    queryKey: ['flow', slug, 'revisions'],
    queryFn: () =>
      call(client.GET('/api/v1/flows/{flow}/revisions', { params: { path: { flow: slug }, query: { limit: 200 } } })),
  });
}

/** What differs between two states; each is a revision's number or `draft`. */
export function diffQuery(slug: string, from: string, to: string) {
  return queryOptions({
    queryKey: ['flow', slug, 'diff', from, to],
    queryFn: () =>
      call(client.GET('/api/v1/flows/{flow}/diff', { params: { path: { flow: slug }, query: { from, to } } })),
    staleTime: 0,
  });
}

async function changed(slug: string): Promise<void> {
  await Promise.all([queryClient.invalidateQueries({ queryKey: ['flow', slug] }), refreshFlows()]);
}

export async function publish(slug: string, message: string) {
  const body = { message: message.trim() || null };
  const revision = await call(client.POST('/api/v1/flows/{flow}/publish', { ...at(slug), body }));
  await changed(slug);
  return revision;
}

export async function rollBack(slug: string, revision: number) {
  const made = await call(client.POST('/api/v1/flows/{flow}/rollback', { ...at(slug), body: { revision } }));
  await changed(slug);
  return made;
}

export async function revisionDocument(slug: string, number: number) {
  const params = { path: { flow: slug, number } };
  return (await call(client.GET('/api/v1/flows/{flow}/revisions/{number}', { params }))).document;
}
