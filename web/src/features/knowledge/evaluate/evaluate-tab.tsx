import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { usePermission } from '@/features/session/api';
import { ComparisonView } from './comparison-view';
import { evaluationsQuery } from './evaluate-api';
import { EvaluationView } from './evaluation-view';
import { Evaluations } from './evaluations';
import { QuestionSets } from './question-sets';
import { StartDialog } from './start-dialog';

/** How well a knowledge base answers labelled questions, and which settings do it better. */
export function EvaluateTab() {
  const { id } = useParams({ from: '/app/knowledge/$id' });
  const { run, with: against } = useSearch({ from: '/app/knowledge/$id/evaluate' });
  const navigate = useNavigate();
  const mayWrite = usePermission('knowledge.write');
  const { data } = useQuery(evaluationsQuery(id));
  const [starting, setStarting] = useState<string | null>(null);
  const look = (run: string | undefined, against?: string) =>
    void navigate({ to: '/knowledge/$id/evaluate', params: { id }, search: { run, with: against }, replace: true });
  const opened = data?.find((one) => one.id === run);
  const other = data?.find((one) => one.id === against);
  return (
    <>
      <QuestionSets knowledgeBaseId={id} mayWrite={mayWrite} onRun={setStarting} />
      <Evaluations knowledgeBaseId={id} mayWrite={mayWrite} run={run} against={against} onLook={look} />
      {opened && other && <ComparisonView key={`${opened.id} ${other.id}`} before={other} after={opened} />}
      {opened && <EvaluationView key={opened.id} evaluation={opened} />}
      {starting && (
        <StartDialog
          knowledgeBaseId={id}
          set={starting}
          onClose={() => setStarting(null)}
          onStarted={(evaluation) => {
            setStarting(null);
            look(evaluation);
          }}
        />
      )}
    </>
  );
}
