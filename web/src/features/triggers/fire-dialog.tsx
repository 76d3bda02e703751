import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Dialog, DialogForm } from '@/ui/dialog';
import { Field, Textarea } from '@/ui/field';
import { fireTrigger, type Trigger } from './api';
import { schemaOf } from './draft';
import { tt } from './words';

/** Fires a trigger by hand and leads to the run. */
export function FireDialog({ trigger, onClose }: { trigger: Trigger; onClose: () => void }) {
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const body = schemaOf(text);
  const takesBody = trigger.settings.kind !== 'schedule';
  const fire = useMutation({
    mutationFn: () => fireTrigger(trigger.id, body ?? {}),
    onSuccess: ({ id }) => navigate({ to: '/runs/$id', params: { id } }),
  });
  return (
    <Dialog open onOpenChange={onClose} title={tt('trigger.fire')} description={tt('trigger.fire.text')}>
      <DialogForm action={tt('trigger.fire')} sending={fire} disabled={body === null} onCancel={onClose}>
        {takesBody && (
          <Field
            label={tt('trigger.fire.body')}
            hint={tt('trigger.fire.body.hint')}
            error={body === null ? tt('form.schema.wrong') : null}
          >
            {(ids) => (
              <Textarea
                {...ids}
                rows={4}
                spellCheck={false}
                className="font-mono"
                placeholder="{}"
                value={text}
                onChange={(event) => setText(event.target.value)}
              />
            )}
          </Field>
        )}
      </DialogForm>
    </Dialog>
  );
}
