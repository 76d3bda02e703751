import { queryOptions } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import type { components } from '@/api/schema';
import { compareNames } from '@/i18n/format';
import { type Box, withBodies } from './own-model';

export type Base = components['schemas']['KnowledgeBase'];

/** Every knowledge base of the workspace, by name. */
export const basesQuery = queryOptions({
  queryKey: ['knowledge-bases', 'all'],
  queryFn: async () => {
    const bases: Base[] = [];
    let after: string | undefined;
    do {
      const page = await call(client.GET('/api/v1/knowledge-bases', { params: { query: { limit: 200, after } } }));
      bases.push(...page.items);
      after = page.next ?? undefined;
    } while (after);
    return bases.toSorted((one, other) => compareNames(one.name, other.name));
  },
  staleTime: 60_000,
});

/** Whether nodes of a flow search knowledge bases. */
export const searchesIn = (nodes: Box[]): boolean => withBodies(nodes).some(({ kind }) => kind === 'retrieve');

/** What is searched, in a word or two: names as far as they are known. */
export function saidBases(chosen: string[], bases: Base[], many: (count: number) => string): string {
  if (chosen.length > 1) return many(chosen.length);
  const [one] = chosen;
  return one === undefined ? '' : (bases.find(({ slug }) => slug === one)?.name ?? one);
}
