import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { Conversation } from '@/api/types';
import { t } from './more/words';
import { ConfirmDialog, Dialog, DialogForm } from '@/ui/dialog';
import { Field, Input } from '@/ui/field';
import { changeConversation, deleteConversation } from './more/order';

interface RenameProps {
  conversation: Conversation;
  onClose: () => void;
}

export function RenameConversation({ conversation, onClose }: RenameProps) {
  const [title, setTitle] = useState(conversation.title);
  const rename = useMutation({
    mutationFn: () => changeConversation(conversation, { title: title.trim() }),
    onSuccess: onClose,
  });
  return (
    <Dialog open onOpenChange={onClose} title={t('chat.rename')}>
      <DialogForm action={t('action.rename')} sending={rename} disabled={!title.trim()} onCancel={onClose}>
        <Field label={t('field.title')}>
          {(ids) => (
            <Input
              {...ids}
              required
              maxLength={200}
              value={title}
              onFocus={(event) => event.target.select()}
              onChange={(event) => setTitle(event.target.value)}
            />
          )}
        </Field>
      </DialogForm>
    </Dialog>
  );
}

interface DeleteProps extends RenameProps {
  onDeleted: () => void;
}

export function DeleteConversation({ conversation, onClose, onDeleted }: DeleteProps) {
  const remove = useMutation({
    mutationFn: () => deleteConversation(conversation.id),
    onSuccess: () => {
      onClose();
      onDeleted();
    },
  });
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={t('chat.delete.title')}
      text={t('chat.delete.text', { title: conversation.title || t('chat.untitled') })}
      action={t('action.delete')}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
    />
  );
}
