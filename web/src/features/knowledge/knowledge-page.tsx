import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Library, Plus } from 'lucide-react';
import { useState } from 'react';
import { usePermission } from '@/features/session/api';
import { t, tn } from './words';
import { formatDate } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Dialog, DialogForm } from '@/ui/dialog';
import { Field, Input, Textarea } from '@/ui/field';
import { Card, Empty, Page } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { createKnowledgeBase, knowledgeBasesQuery } from './api';

export function KnowledgePage() {
  const { data, error, refetch } = useQuery(knowledgeBasesQuery);
  const [creating, setCreating] = useState(false);
  const mayWrite = usePermission('knowledge.write');
  const create = mayWrite && (
    <Button kind="primary" onClick={() => setCreating(true)}>
      <Plus size={15} />
      {t('knowledge.new')}
    </Button>
  );
  return (
    <Page title={t('nav.knowledge')} lead={t('knowledge.lead')} actions={create}>
      {error && <ProblemBox error={error} onRetry={() => void refetch()} />}
      {!data && !error && <SkeletonRows />}
      {data?.length === 0 && (
        <Empty icon={<Library size={28} />} title={t('knowledge.empty')} text={t('knowledge.empty.text')}>
          {create}
        </Empty>
      )}
      {data && data.length > 0 && (
        <Card>
          <ul data-rows className="divide-y divide-line">
            {data.map((base) => (
              <li key={base.id}>
                <Link
                  to="/knowledge/$id"
                  params={{ id: base.id }}
                  className="flex flex-wrap items-center gap-x-6 gap-y-1 rounded-lg px-4 py-2.5 transition-colors hover:bg-surface-2"
                >
                  <span className="flex min-w-0 flex-1 basis-60 items-baseline gap-3">
                    <span className="max-w-full shrink-0 truncate font-medium">{base.name}</span>
                    {base.description && <span className="min-w-0 truncate text-fg-2">{base.description}</span>}
                  </span>
                  <span className="num flex gap-4 text-12 text-fg-3">
                    <span>{tn('count.documents', base.documents)}</span>
                    <span>{tn('count.chunks', base.chunks)}</span>
                    <span className="hidden sm:inline">{formatDate(base.created_at)}</span>
                  </span>
                </Link>
              </li>
            ))}
          </ul>
        </Card>
      )}
      {creating && <CreateDialog onClose={() => setCreating(false)} />}
    </Page>
  );
}

function CreateDialog({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const create = useMutation({
    mutationFn: () => createKnowledgeBase({ name: name.trim(), description: description.trim() || undefined }),
    onSuccess: ({ id }) => navigate({ to: '/knowledge/$id', params: { id } }),
  });
  return (
    <Dialog open onOpenChange={onClose} title={t('knowledge.new')}>
      <DialogForm action={t('action.create')} sending={create} disabled={!name.trim()} onCancel={onClose}>
        <Field label={t('field.name')}>
          {(ids) => <Input {...ids} required maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label={t('field.description')} optional={t('field.optional')}>
          {(ids) => (
            <Textarea {...ids} rows={2} maxLength={500} value={description} onChange={(event) => setDescription(event.target.value)} />
          )}
        </Field>
      </DialogForm>
    </Dialog>
  );
}
