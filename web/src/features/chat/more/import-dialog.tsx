import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { call, client } from '@/api/client';
import type { ConversationFile } from '@/api/types';
import { Dialog, DialogForm } from '@/ui/dialog';
import { Field } from '@/ui/field';
import { refreshConversations } from '../api';
import { t } from './words';

/** Reads a file; what it has is the server's to check, which names the field that is wrong. */
async function read(file: File): Promise<ConversationFile> {
  try {
    return JSON.parse(await file.text()) as ConversationFile;
  } catch {
    throw new Error(t('import.notJson', { name: file.name }));
  }
}

/** Brings an exported conversation in as a new one. */
export default function ImportConversation({ onClose }: { onClose: () => void }) {
  const [file, setFile] = useState<File | null>(null);
  const navigate = useNavigate();
  const bring = useMutation({
    mutationFn: async () => {
      if (!file) return null;
      return call(client.POST('/api/v1/conversations/import', { body: await read(file) }));
    },
    onSuccess: async (made) => {
      await refreshConversations();
      onClose();
      if (made) await navigate({ to: '/chat/$id', params: { id: made.id } });
    },
  });
  return (
    <Dialog open onOpenChange={onClose} title={t('chat.import')} description={t('import.text')}>
      <DialogForm action={t('import.action')} sending={bring} disabled={!file} onCancel={onClose}>
        <Field label={t('import.file')}>
          {(ids) => (
            <input
              {...ids}
              type="file"
              accept="application/json,.json"
              onChange={(event) => setFile(event.target.files?.[0] ?? null)}
              className="w-full text-13 file:me-3 file:h-8 file:cursor-pointer file:rounded-md file:border file:border-line-strong file:bg-surface file:px-3 file:text-13 file:font-medium file:text-fg"
            />
          )}
        </Field>
      </DialogForm>
    </Dialog>
  );
}
