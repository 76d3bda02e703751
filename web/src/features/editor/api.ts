import { queryOptions } from '@tanstack/react-query';
import { API, call, client, sessionHeaders } from '@/api/client';
import type { Flow } from '@/features/flows/api';
import { isPlaced, loadArrange } from './layout';
import { type FlowDoc, fromWire, type Problem, toWire } from './model';
import { FlowSchema, type Schema } from './schema';

export type Values = Record<string, unknown>;

/** The form of flow files: it follows from the server's catalogue of kinds. */
export const schemaQuery = queryOptions({
  queryKey: ['flow-schema'],
  queryFn: async () => {
    const answer = await call<Schema>(
      fetch(`${API}/flow.schema.json`, { headers: sessionHeaders(), credentials: 'same-origin' }).then(async (response) => ({
        data: (await response.json().catch(() => undefined)) as Schema,
        response,
      })),
    );
    return new FlowSchema(answer);
  },
  staleTime: Number.POSITIVE_INFINITY,
  structuralSharing: false,
});

/** Resolves when the boxes of a flow can be placed: at once when its file says where they stand. */
export function placesQuery(flow: Flow | undefined) {
  return queryOptions({
    queryKey: ['flow-places', flow?.id],
    queryFn: async () => {
      if (!flow || !isPlaced(fromWire(flow.draft.document))) await loadArrange();
      return true;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Everything wrong with a document. */
export async function validate(doc: FlowDoc): Promise<Problem[]> {
  const { problems } = await call(client.POST('/api/v1/flows/validate', { body: { document: toWire(doc) } }));
  return problems as unknown as Problem[];
}

/** Names that settings may hold, for fields that name something of the workspace. */
const page = { params: { query: { limit: 200 } } };
export const NAMES: Record<string, () => Promise<string[]>> = {
  model: async () => {
    const { items } = await call(client.GET('/api/v1/models'));
    return ['default', ...items.filter(({ kind }) => kind === 'chat').map(({ id }) => id)];
  },
  base: async () => (await call(client.GET('/api/v1/knowledge-bases', page))).items.map(({ slug }) => slug),
  tool: async () => (await call(client.GET('/api/v1/tools', page))).items.map(({ name }) => name),
  flow: async () => (await call(client.GET('/api/v1/flows', page))).items.map(({ slug }) => slug),
};

export function namesQuery(what: string) {
  return queryOptions({ queryKey: ['names', what], queryFn: NAMES[what] ?? (async () => []), staleTime: 30_000 });
}
