import { useMutation, useMutationState, useQuery } from '@tanstack/react-query';
import { Cpu, Plus } from 'lucide-react';
import { useState } from 'react';
import { usePermission } from '@/features/session/api';
import { Button } from '@/ui/button';
import { Card, Empty, Section } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { AddLocalModel } from './add-local-model';
import { FetchRow, LocalModelRow } from './local-model-row';
import { addLocalModel, type Chosen, FETCHING, forgetFetch, localModelsQuery, type Wanted } from './local-models-api';
import { tm } from './models-words';

/** Embedding models that run in the server's own process. */
export function LocalModels() {
  const mayInstall = usePermission('models.install');
  const { data: models, error, refetch } = useQuery(localModelsQuery);
  const [adding, setAdding] = useState<(Chosen & { error?: Error | null }) | null>(null);
  // It lives on while another page is shown.
  const add = useMutation({ mutationKey: FETCHING, mutationFn: addLocalModel, gcTime: Infinity });
  const fetches = useMutationState({
    filters: { mutationKey: FETCHING, predicate: ({ state }) => state.status === 'pending' || state.status === 'error' },
    select: ({ mutationId, state }) => ({ id: mutationId, error: state.error, since: state.submittedAt, wanted: state.variables as Wanted }),
  });
  const none = models?.length === 0 && fetches.length === 0;
  if (none && !mayInstall) return null;
  const button = mayInstall && (
    <Button onClick={() => setAdding({ name: '', called: '' })}>
      <Plus size={15} />
      {tm('local.add')}
    </Button>
  );
  return (
    <Section title={tm('local.title')} lead={tm('local.lead')} actions={none ? undefined : button}>
      {error && <ProblemBox error={error} onRetry={() => void refetch()} className="mb-4" />}
      {!models && !error && <SkeletonRows rows={2} />}
      {none && (
        <Empty icon={<Cpu size={24} />} title={tm('local.none')} text={tm('local.none.text')}>
          {button}
        </Empty>
      )}
      {((models?.length ?? 0) > 0 || fetches.length > 0) && (
        <Card>
          <ul className="divide-y divide-line">
            {models?.map((model) => (
              <LocalModelRow key={model.id} model={model} mayInstall={mayInstall} />
            ))}
            {fetches.map(({ id, wanted, since, error: failed }) => (
              <FetchRow
                key={id}
                wanted={wanted}
                since={since}
                error={failed}
                onForget={() => forgetFetch(id)}
                onAgain={() => {
                  forgetFetch(id);
                  setAdding({ ...wanted, error: failed });
                }}
              />
            ))}
          </ul>
        </Card>
      )}
      {adding && (
        <AddLocalModel
          begun={adding}
          taken={models?.map(({ name }) => name) ?? []}
          onAdd={(wanted) => {
            add.mutate({ ...wanted, stop: new AbortController() });
            setAdding(null);
          }}
          onClose={() => setAdding(null)}
        />
      )}
    </Section>
  );
}
