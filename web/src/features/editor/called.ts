import { useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
import { flowQuery } from '@/features/flows/api';
import { walk } from './graph';
import type { FlowDoc, NamedField } from './model';

/** The outputs of the flows that a document calls, by their slugs, as far as they can be read. */
export function useCalledOutputs(doc: FlowDoc): (slug: string) => NamedField[] | null {
  const slugs = useMemo(
    () => [...new Set([...walk(doc)].filter(({ kind }) => kind === 'subflow').map(({ settings }) => settings?.flow))].filter(
      (slug): slug is string => typeof slug === 'string' && slug !== '',
    ),
    [doc],
  );
  return useQueries({
    queries: slugs.map((slug) => ({ ...flowQuery(slug), retry: false, staleTime: 60_000 })),
    combine: (answers) => (slug: string) => {
      const found = answers[slugs.indexOf(slug)]?.data?.draft.document.outputs;
      return (found as NamedField[] | undefined) ?? null;
    },
  });
}
