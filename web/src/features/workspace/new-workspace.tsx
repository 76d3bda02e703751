import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { call, client } from '@/api/client';
import { t } from '@/i18n';
import { Dialog, DialogForm } from '@/ui/dialog';
import { Field, Input } from '@/ui/field';

interface NewWorkspaceProps {
  onClose: () => void;
  onCreated: (id: string) => void;
}

export function NewWorkspace({ onClose, onCreated }: NewWorkspaceProps) {
  const [name, setName] = useState('');
  const create = useMutation({
    mutationFn: () => call(client.POST('/api/v1/workspaces', { body: { name: name.trim() } })),
    onSuccess: ({ id }) => {
      onClose();
      onCreated(id);
    },
  });
  return (
    <Dialog open onOpenChange={onClose} title={t('workspace.new')} description={t('workspace.new.text')}>
      <DialogForm action={t('action.create')} sending={create} disabled={!name.trim()} onCancel={onClose}>
        <Field label={t('field.name')}>
          {(ids) => <Input {...ids} required value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
      </DialogForm>
    </Dialog>
  );
}
