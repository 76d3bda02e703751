import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { SecretOnce } from '@/features/settings/secret-once';
import { formatDateTime } from '@/i18n/format';
import { t } from '@/i18n';
import { Dialog, DialogForm } from '@/ui/dialog';
import { Field, Input, Select } from '@/ui/field';
import { linkWait, type Wait } from './api';
import { ti } from './words';

const LASTS = [
  ['4h', ti('inbox.link.hours', { count: 4 })],
  ['1d', ti('inbox.link.day')],
  ['7d', ti('inbox.link.days', { count: 7 })],
  ['30d', ti('inbox.link.days', { count: 30 })],
] as const;

export function LinkDialog({ wait, onClose }: { wait: Wait; onClose: () => void }) {
  const [holder, setHolder] = useState('');
  const [lasts, setLasts] = useState('7d');
  const make = useMutation({ mutationFn: () => linkWait(wait.id, lasts, holder.trim()) });
  return (
    <Dialog open onOpenChange={onClose} title={ti('inbox.link.title')} description={make.data ? undefined : ti('inbox.link.text')}>
      {make.data ? (
        <SecretOnce
          text={ti('inbox.link.secret', { when: formatDateTime(make.data.expires_at) })}
          secret={new URL(make.data.page, window.location.origin).href}
          onDone={onClose}
        />
      ) : (
        <DialogForm action={ti('inbox.link.make')} sending={make} onCancel={onClose}>
          <Field label={ti('inbox.link.for')} hint={ti('inbox.link.for.hint')} optional={t('field.optional')}>
            {(ids) => <Input {...ids} maxLength={200} value={holder} onChange={(event) => setHolder(event.target.value)} />}
          </Field>
          <Field label={ti('inbox.link.lasts')}>
            {(ids) => (
              <Select {...ids} value={lasts} onChange={(event) => setLasts(event.target.value)}>
                {LASTS.map(([value, text]) => (
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
