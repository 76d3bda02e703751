import { queryOptions } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import { queryClient } from '@/api/query-client';
import type { components } from '@/api/schema';

type Schemas = components['schemas'];
export type Flow = Schemas['Flow'];
export type FlowSummary = Schemas['FlowSummary'];
export type FlowDocument = Schemas['FlowDocument'];

/** A flow with its draft, by id or slug. */
export function flowQuery(id: string) {
  return queryOptions({
    queryKey: ['flow', id],
    queryFn: () => call(client.GET('/api/v1/flows/{flow}', { params: { path: { flow: id } } })),
  });
}

/** Every flow with its last runs, for the list of flows; what goes on shows by itself. */
export const flowsWithRunsQuery = queryOptions({
  queryKey: ['flows', 'all', 'runs'],
  queryFn: async () => {
    const flows: FlowSummary[] = [];
    let after: string | undefined;
    do {
      const page = await call(client.GET('/api/v1/flows', { params: { query: { limit: 200, after, recent_runs: 20 } } }));
      flows.push(...page.items);
      after = page.next ?? undefined;
    } while (after);
    return flows;
  },
  refetchInterval: 10_000,
});

/** Lists of flows, here and where one is chosen, are asked for anew. */
export const refreshFlows = () => queryClient.invalidateQueries({ queryKey: ['flows'] });

export async function createFlow(document: FlowDocument): Promise<Flow> {
  const flow = await call(client.POST('/api/v1/flows', { body: { document, publish: false } }));
  await refreshFlows();
  return flow;
}

export async function deleteFlow(id: string): Promise<void> {
  await call(client.DELETE('/api/v1/flows/{flow}', { params: { path: { flow: id } } }));
  await refreshFlows();
}

export async function duplicateFlow(id: string, name: (name: string) => string): Promise<Flow> {
  const { draft } = await call(client.GET('/api/v1/flows/{flow}', { params: { path: { flow: id } } }));
  const { slug: _, ...document } = draft.document;
  return createFlow({ ...document, name: name(document.name).slice(0, 100) });
}
