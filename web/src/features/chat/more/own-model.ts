import { queryOptions } from '@tanstack/react-query';
import { call, client } from '@/api/client';

export interface Box {
  kind?: string;
  settings?: unknown;
  body?: { nodes?: Box[] } | null;
}

/** Kinds whose words may be an answer. */
const WRITERS = new Set(['chat', 'agent']);

export const withBodies = (nodes: Box[]): Box[] => nodes.flatMap((node) => [node, ...withBodies(node.body?.nodes ?? [])]);

/** The one model that a flow's nodes write with; nothing where there are several, or none. */
export function writesWith(nodes: Box[], byDefault: string): string | null {
  const models = new Set(
    withBodies(nodes)
      .filter(({ kind }) => kind !== undefined && WRITERS.has(kind))
      .map(({ settings }) => {
        const { model } = (settings ?? {}) as { model?: unknown };
        return typeof model === 'string' && model !== '' && model !== 'default' ? model : byDefault;
      }),
  );
  const [one] = models;
  return models.size === 1 && one ? one : null;
}

/** What is published of a flow. */
export function publishedQuery(flow: string | undefined) {
  return queryOptions({
    queryKey: ['flow', flow ?? '', 'published'],
    queryFn: async () => {
      const path = { flow: flow ?? '' };
      const { published } = await call(client.GET('/api/v1/flows/{flow}', { params: { path } }));
      if (typeof published !== 'number') return null;
      const revision = await call(
        client.GET('/api/v1/flows/{flow}/revisions/{number}', { params: { path: { ...path, number: published } } }),
      );
      return revision.document;
    },
    enabled: flow !== undefined,
    staleTime: 60_000,
    retry: false,
  });
}
