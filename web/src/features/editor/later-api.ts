import { queryOptions } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import { queryClient } from '@/api/query-client';
import type { components } from '@/api/schema';
import { refreshFlows } from '@/features/flows/api';
import { isOver, type Run } from '@/features/runs/api';
import { fromRecord } from '@/features/runs/tree';
import type { Values } from './api';
import { isPlaced, loadArrange } from './layout';
import { type FlowDoc, fromWire, toWire } from './model';
import { outputsFrom } from './overlay';
import type { Known } from './run-form';
import type { Said } from './talk/turns';

type Schemas = components['schemas'];
export type FlowDiff = Schemas['FlowDiff'];
export type RevisionSummary = Schemas['RevisionSummary'];

/** What a turn of a conversation begins with. */
interface Before {
  history: Said[];
  variables: Values;
}

/** Runs a draft as it stands here, saved or not; the run is one of its flow's and goes on by itself. */
export async function runDraft(flow: string, doc: FlowDoc, input: Values, before?: Before): Promise<Run> {
  const body = { flow, document: toWire(doc), input, mode: 'async', ...before } as Schemas['InlineRun'];
  const run: Run = await call(client.POST('/api/v1/runs', { body }));
  void queryClient.invalidateQueries({ queryKey: ['runs'] });
  return run;
}

/** Runs one node of the draft and waits for its end. */
export async function runNode(slug: string, node: string, input: Values, outputs: Values): Promise<Run> {
  const body = { input, outputs } as Schemas['NodeTrial'];
  const run: Run = await call(client.POST('/api/v1/flows/{flow}/nodes/{node}/run', { params: { path: { flow: slug, node } }, body }));
  void queryClient.invalidateQueries({ queryKey: ['runs'] });
  return run;
}

/** How many of a flow's runs are looked through for what its nodes gave. */
const LOOKED_THROUGH = 5;

async function firstSteps(run: string) {
  return (await call(client.GET('/api/v1/runs/{id}/steps', { params: { path: { id: run }, query: { limit: 200 } } }))).items;
}

/** What the last runs of a flow had and gave, the newest first; runs of single nodes know little, so several are read. */
export function lastKnownQuery(flow: string) {
  return queryOptions({
    queryKey: ['runs', 'known', flow],
    queryFn: async (): Promise<Known & { any: boolean }> => {
      const { items } = await call(client.GET('/api/v1/runs', { params: { query: { flow, limit: LOOKED_THROUGH } } }));
      const over = items.filter(isOver);
      const given = await Promise.all(over.map(async ({ id }) => outputsFrom((await firstSteps(id)).map(fromRecord))));
      const whole = over.find(({ input }) => Object.keys(input).length > 0);
      return { any: over.length > 0, input: whole?.input ?? {}, outputs: Object.assign({}, ...given.toReversed()) as Known['outputs'] };
    },
    staleTime: 0,
  });
}

/** A document that can be drawn: what places boxes is there when it is needed. */
async function drawable(document: Parameters<typeof fromWire>[0]): Promise<FlowDoc> {
  const { slug: _, ...doc } = fromWire(document);
  if (!isPlaced(doc)) await loadArrange();
  return doc;
}

/** The flow as a run ran it: a revision, or the draft as it was. */
export function runDocumentQuery(run: string) {
  return queryOptions({
    queryKey: ['run', run, 'document'],
    queryFn: async () => drawable(await call(client.GET('/api/v1/runs/{id}/document', { params: { path: { id: run } } }))),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
}

/** The flow as it was published under a number. */
export function versionQuery(slug: string, number: number) {
  return queryOptions({
    queryKey: ['flow', slug, 'version', number],
    queryFn: async () => drawable(await revisionDocument(slug, number)),
    staleTime: Number.POSITIVE_INFINITY,
  });
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
