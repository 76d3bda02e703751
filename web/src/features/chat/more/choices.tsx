import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { ApiError } from '@/api/errors';
import { queryClient } from '@/api/query-client';
import { usePermission } from '@/features/session/api';
import type { Choice } from '../drafts';
import { basesQuery, searchesIn } from './bases';
import KnowledgePicker from './knowledge-picker';
import ModelPicker from './model-picker';
import { publishedQuery } from './own-model';

interface ChoicesProps {
  /** The flow that is asked. */
  flow: string | undefined;
  /** Whether it searches knowledge bases; looked for in what is published of it where nobody says. */
  searches?: boolean;
  chosen: Choice;
  /** Why the last question was refused. */
  problem: unknown;
  onChange: (chosen: Choice) => void;
}

/** What the next questions are asked with, in place of what the flow says: who answers, and what is searched. */
export default function Choices({ flow, searches, chosen, problem, onChange }: ChoicesProps) {
  const may = usePermission('knowledge.read');
  const { data: published } = useQuery(publishedQuery(may && searches === undefined ? flow : undefined));
  const shown = may && (searches ?? (published ? searchesIn(published.nodes ?? []) : false));
  useDropped(problem, () => onChange({ ...chosen, bases: [] }));
  return (
    <>
      <ModelPicker flow={flow} chosen={chosen.models} onChange={(models) => onChange({ ...chosen, models })} />
      {(shown || chosen.bases.length > 0) && <KnowledgePicker chosen={chosen.bases} onChange={(bases) => onChange({ ...chosen, bases })} />}
    </>
  );
}

/** What the server refuses to search is not tried again with the next question. */
function useDropped(problem: unknown, drop: () => void): void {
  const isRefused = problem instanceof ApiError && (problem.field?.startsWith('knowledge_bases') ?? false);
  useEffect(() => {
    if (!isRefused) return;
    drop();
    void queryClient.invalidateQueries({ queryKey: basesQuery.queryKey });
    // Once for each refusal: what is chosen after it is another choice.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [problem, isRefused]);
}
