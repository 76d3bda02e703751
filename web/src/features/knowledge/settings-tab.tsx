import { useMutation, useSuspenseQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { toast } from '@/ui/toast';
import { t, tn } from './words';
import { Button } from '@/ui/button';
import { ConfirmDialog } from '@/ui/dialog';
import { Field, Input, Textarea } from '@/ui/field';
import { Section } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { changeKnowledgeBase, deleteKnowledgeBase, knowledgeBaseQuery } from './api';

export function SettingsTab() {
  const { id } = useParams({ from: '/app/knowledge/$id' });
  const { data: base } = useSuspenseQuery(knowledgeBaseQuery(id));
  const navigate = useNavigate();
  const [name, setName] = useState(base.name);
  const [description, setDescription] = useState(base.description ?? '');
  const [deleting, setDeleting] = useState(false);
  const save = useMutation({
    mutationFn: () => changeKnowledgeBase(id, { name: name.trim(), description: description.trim() }),
    onSuccess: () => toast.success(t('state.saved')),
  });
  const remove = useMutation({
    mutationFn: () => deleteKnowledgeBase(id),
    onSuccess: () => navigate({ to: '/knowledge' }),
  });
  return (
    <>
      <Section title={t('knowledge.settings.general')}>
        <form
          className="flex max-w-[480px] flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            save.mutate();
          }}
        >
          <Field label={t('field.name')} hint={t('knowledge.slug', { slug: base.slug })}>
            {(ids) => <Input {...ids} required maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />}
          </Field>
          <Field label={t('field.description')} optional={t('field.optional')}>
            {(ids) => (
              <Textarea {...ids} rows={3} maxLength={500} value={description} onChange={(event) => setDescription(event.target.value)} />
            )}
          </Field>
          {save.error && <ProblemBox error={save.error} />}
          <Button type="submit" kind="primary" className="self-start" busy={save.isPending} disabled={!name.trim()}>
            {t('action.save')}
          </Button>
        </form>
      </Section>
      <Section title={t('knowledge.delete.title')} lead={t('knowledge.delete.lead')}>
        <Button kind="danger" onClick={() => setDeleting(true)}>
          {t('knowledge.delete.action')}
        </Button>
      </Section>
      <ConfirmDialog
        open={deleting}
        onOpenChange={setDeleting}
        title={t('knowledge.delete.confirm', { name: base.name })}
        text={t('knowledge.delete.text', { documents: tn('count.documents', base.documents) })}
        action={t('knowledge.delete.action')}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
      />
    </>
  );
}
