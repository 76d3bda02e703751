import { useMutation, useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import type { Conversation } from '@/api/types';
import { ConfirmDialog, Dialog, DialogForm } from '@/ui/dialog';
import { Field, Input } from '@/ui/field';
import { foldersQuery } from '../api';
import { createFolder, deleteFolder, renameFolder } from './folders';
import { changeConversation } from './order';
import { t } from './words';

interface Named {
  id: string;
  name: string;
}

/** A name for a new folder, or another for one that is there. */
export function NameFolder({ folder, onClose }: { folder?: Named | undefined; onClose: () => void }) {
  const [name, setName] = useState(folder?.name ?? '');
  const save = useMutation({
    mutationFn: async () => {
      if (folder) await renameFolder(folder.id, name.trim());
      else await createFolder(name.trim());
    },
    onSuccess: onClose,
  });
  return (
    <Dialog open onOpenChange={onClose} title={t(folder ? 'folder.rename' : 'folder.new')}>
      <DialogForm action={t(folder ? 'action.rename' : 'action.create')} sending={save} disabled={!name.trim()} onCancel={onClose}>
        <NameField name={name} onChange={setName} />
      </DialogForm>
    </Dialog>
  );
}

function NameField({ name, onChange }: { name: string; onChange: (name: string) => void }) {
  return (
    <Field label={t('folder.name')}>
      {(ids) => (
        <Input {...ids} required maxLength={100} autoFocus value={name} onChange={(event) => onChange(event.target.value)} />
      )}
    </Field>
  );
}

export function DeleteFolder({ folder, onClose }: { folder: Named; onClose: () => void }) {
  const remove = useMutation({ mutationFn: () => deleteFolder(folder.id), onSuccess: onClose });
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={t('folder.delete.title')}
      text={t('folder.delete.text', { name: folder.name })}
      action={t('action.delete')}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
    />
  );
}

const NEW = 'new';

/** Into a folder, a new one, or none. */
export function MoveConversation({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  const folders = useQuery(foldersQuery).data ?? [];
  const [chosen, setChosen] = useState(conversation.folder_id ?? '');
  const [name, setName] = useState('');
  const group = useId();
  const move = useMutation({
    mutationFn: async () => {
      const folder = chosen === NEW ? (await createFolder(name.trim())).id : chosen;
      await changeConversation(conversation, { folder_id: folder || null });
    },
    onSuccess: onClose,
  });
  const choices: Named[] = [{ id: '', name: t('folder.none') }, ...folders, { id: NEW, name: t('folder.new') }];
  return (
    <Dialog open onOpenChange={onClose} title={t('chat.move')}>
      <DialogForm action={t('folder.move')} sending={move} disabled={chosen === NEW && !name.trim()} onCancel={onClose}>
        <fieldset className="scroll-thin max-h-64 overflow-y-auto">
          <legend className="sr-only">{t('folder.choose')}</legend>
          {choices.map((choice) => (
            <label key={choice.id} className="flex h-8 cursor-pointer items-center gap-2 rounded-md px-2 hover:bg-surface-3">
              <input
                type="radio"
                name={group}
                checked={chosen === choice.id}
                onChange={() => setChosen(choice.id)}
                className="accent-(--color-accent)"
              />
              <span className="truncate">{choice.name}</span>
            </label>
          ))}
        </fieldset>
        {chosen === NEW && <NameField name={name} onChange={setName} />}
      </DialogForm>
    </Dialog>
  );
}
