import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { SecretOnce } from '@/features/settings/secret-once';
import { Dialog, DialogForm } from '@/ui/dialog';
import { Field, Select } from '@/ui/field';
import { rotateSecret, type Trigger } from './api';
import { tt } from './words';

const OVERLAPS = [
  ['0s', tt('trigger.rotate.none')],
  ['2h', tt('trigger.rotate.hours', { count: 2 })],
  ['1d', tt('trigger.rotate.hours', { count: 24 })],
  ['7d', tt('trigger.rotate.days', { count: 7 })],
] as const;

export function RotateDialog({ trigger, onClose }: { trigger: Trigger; onClose: () => void }) {
  const [overlap, setOverlap] = useState('1d');
  const rotate = useMutation({ mutationFn: () => rotateSecret(trigger.id, overlap) });
  const secret = rotate.data?.secret;
  return (
    <Dialog open onOpenChange={onClose} title={tt('trigger.rotate')} description={secret ? undefined : tt('trigger.rotate.text')}>
      {secret ? (
        <SecretOnce text={tt('trigger.secret')} secret={secret} onDone={onClose} />
      ) : (
        <DialogForm action={tt('trigger.rotate.make')} sending={rotate} onCancel={onClose}>
          <Field label={tt('trigger.rotate.overlap')}>
            {(ids) => (
              <Select {...ids} value={overlap} onChange={(event) => setOverlap(event.target.value)}>
                {OVERLAPS.map(([value, text]) => (
                  <option key={value} value={value}>
                    {text}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </DialogForm>
      )}
    </Dialog>
  );
}
