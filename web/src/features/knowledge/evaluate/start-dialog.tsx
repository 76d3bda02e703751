import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { modelsQuery } from '@/features/settings/models-api';
import { Dialog, DialogForm } from '@/ui/dialog';
import { Field, Input, Select } from '@/ui/field';
import { knowledgeBaseQuery } from '../api';
import { requestOf } from '../search/trial';
import { SearchFields, type Wanted } from '../tuning/search-fields';
import { questionSetsQuery, startEvaluation } from './evaluate-api';
import { t } from './words';

interface StartDialogProps {
  knowledgeBaseId: string;
  set: string;
  onStarted: (evaluation: string) => void;
  onClose: () => void;
}

/** Asks a set with the settings of its knowledge base, or with others. */
export function StartDialog({ knowledgeBaseId, set, onStarted, onClose }: StartDialogProps) {
  const { data: base } = useQuery(knowledgeBaseQuery(knowledgeBaseId));
  const { data: sets } = useQuery(questionSetsQuery(knowledgeBaseId));
  const { data: models } = useQuery(modelsQuery);
  const [name, setName] = useState('');
  const [wanted, setWanted] = useState<Wanted>({});
  const [judge, setJudge] = useState('');
  // The built-in model cannot judge; it only quotes.
  const judges = (models?.items ?? []).filter(({ kind, available, provider }) => kind === 'chat' && available && provider !== 'builtin');
  const start = useMutation({
    mutationFn: () => {
      const { options, limit } = requestOf('', wanted);
      return startEvaluation(knowledgeBaseId, set, {
        ...(name.trim() ? { name: name.trim() } : {}),
        options,
        ...(limit ? { limit } : {}),
        ...(judge ? { judge: { judge_model: judge, answer_model: null, passages: null } } : {}),
      });
    },
    onSuccess: ({ id }) => onStarted(id),
  });
  return (
    <Dialog open onOpenChange={onClose} title={t('start.title', { name: sets?.find(({ id }) => id === set)?.name ?? '' })} description={t('start.lead')}>
      <DialogForm action={t('start.do')} sending={start} onCancel={onClose}>
        <Field label={t('start.name')} optional={t('field.optional')} hint={t('start.name.hint')}>
          {(ids) => <Input {...ids} maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label={t('start.judge')} hint={judges.length > 0 ? t('start.judge.hint') : t('start.judge.none')}>
          {(ids) => (
            <Select {...ids} value={judge} onChange={(event) => setJudge(event.target.value)}>
              <option value="">{t('start.judge.no')}</option>
              {judges.map(({ id }) => (
                <option key={id} value={id}>
                  {id}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <details className="rounded-md border border-line px-3 py-2">
          <summary className="cursor-pointer rounded-sm font-medium">{t('start.options')}</summary>
          <div className="mt-3">{base && <SearchFields value={wanted} onChange={setWanted} hasVectors={Boolean(base.embedding_model)} inherited={base.retrieval} />}</div>
        </details>
      </DialogForm>
    </Dialog>
  );
}
