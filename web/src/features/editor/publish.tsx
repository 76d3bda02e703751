import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError } from '@/api/errors';
import { t } from '@/i18n';
import { Dialog, DialogForm } from '@/ui/dialog';
import { Field, Input } from '@/ui/field';
import { Notice } from '@/ui/problem';
import { toast } from '@/ui/toast';
import { publish } from './later-api';
import type { Saver } from './saver';
import { useEditor } from './store';
import { tl, tln } from './late-words';
import { te } from './words';

/** Asks what has changed, and makes the draft the next revision. */
export function Publish({ slug, saver, onClose }: { slug: string; saver: Saver; onClose: () => void }) {
  const problems = useEditor((state) => state.problems.length);
  const [message, setMessage] = useState('');
  const send = useMutation({
    mutationFn: async () => {
      await saver.flush();
      if (saver.dirty) throw new ApiError({ status: 409, code: 'conflict', detail: tl('publish.unsaved') });
      return publish(slug, message);
    },
    onSuccess: ({ number }) => {
      onClose();
      toast.success(tl('publish.done', { number }));
    },
  });
  return (
    <Dialog open onOpenChange={onClose} title={tl('publish.title')} description={tl('publish.text')}>
      <DialogForm action={te('head.publish')} sending={send} disabled={problems > 0} onCancel={onClose}>
        {problems > 0 && <Notice tone="warn">{tln('publish.problems', problems)}</Notice>}
        <Field label={tl('publish.message')} optional={t('field.optional')}>
          {(ids) => <Input {...ids} autoFocus maxLength={500} value={message} onChange={(event) => setMessage(event.target.value)} />}
        </Field>
      </DialogForm>
    </Dialog>
  );
}
