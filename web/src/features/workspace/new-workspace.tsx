import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { call, client } from '@/api/client';
import { t } from '@/i18n';
import { Button } from '@/ui/button';
import { Dialog, DialogActions } from '@/ui/dialog';
import { Field, Input } from '@/ui/field';
import { ProblemBox } from '@/ui/problem';

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
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <Field label={t('field.name')}>
          {(ids) => <Input {...ids} required value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        {create.error && <ProblemBox error={create.error} />}
        <DialogActions onCancel={onClose}>
          <Button type="submit" kind="primary" busy={create.isPending} disabled={!name.trim()}>
            {t('action.create')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
