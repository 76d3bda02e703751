import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { toast } from '@/ui/toast';
import { t } from './words';
import { Button, buttonClass } from '@/ui/button';
import { Field, Input } from '@/ui/field';
import { Section } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { Skeleton } from '@/ui/skeleton';
import { BUILT_IN, modelsQuery, setDefaultModel } from './models-api';
import { tm } from './models-words';

export function DefaultModel({ mayWrite }: { mayWrite: boolean }) {
  const models = useQuery(modelsQuery);
  return (
    <Section
      title={t('model.default')}
      lead={t('model.default.lead')}
      actions={
        <Link to="/settings/prices" className={buttonClass()}>
          {tm('prices.title')}
        </Link>
      }
    >
      {models.error && <ProblemBox error={models.error} onRetry={() => void models.refetch()} />}
      {models.isPending && <Skeleton className="h-8 w-72" />}
      {models.data &&
        (mayWrite ? (
          <Chooser
            key={models.data.default}
            current={models.data.default}
            known={models.data.items
              .filter(({ available, kind }) => available && kind === 'chat')
              .map(({ id }) => id)}
          />
        ) : (
          <p className="font-mono text-12">{models.data.default}</p>
        ))}
    </Section>
  );
}

/** A model is chosen from the list or written by its name, which a vendor's list may lack. */
function Chooser({ current, known }: { current: string; known: string[] }) {
  const [model, setModel] = useState(current);
  const save = useMutation({
    mutationFn: (id: string) => setDefaultModel(id),
    onSuccess: (models) => toast.success(t('model.default.saved', { model: models.default })),
  });
  return (
    <form
      className="flex max-w-[480px] flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(model.trim());
      }}
    >
      <Field label={t('model.default.label')} hint={t('model.default.hint')}>
        {(ids) => (
          <div className="flex gap-2">
            <Input
              {...ids}
              required
              list="known-models"
              className="font-mono"
              value={model}
              onFocus={(event) => event.target.select()}
              onChange={(event) => setModel(event.target.value)}
            />
            <datalist id="known-models">
              {known.map((id) => (
                <option key={id} value={id} />
              ))}
            </datalist>
            <Button
              type="submit"
              kind="primary"
              busy={save.isPending}
              disabled={!model.trim() || model.trim() === current}
            >
              {t('action.save')}
            </Button>
          </div>
        )}
      </Field>
      {current !== BUILT_IN && (
        <Button kind="ghost" size="sm" className="-ms-2 self-start" onClick={() => save.mutate(BUILT_IN)}>
          {t('model.default.builtin')}
        </Button>
      )}
      {save.error && <ProblemBox error={save.error} />}
    </form>
  );
}
