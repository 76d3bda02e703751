import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { Role } from '@/api/types';
import { t } from './words';
import { Dialog, DialogForm } from '@/ui/dialog';
import { Field, Input, Select } from '@/ui/field';
import { addMember } from './people-api';
import { SecretOnce } from './secret-once';

export function AddMember({ roles, onClose }: { roles: Role[]; onClose: () => void }) {
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('editor');
  const add = useMutation({
    mutationFn: () => addMember({ name: name.trim(), email: email.trim(), role }),
    onSuccess: ({ initial_password }) => {
      if (!initial_password) onClose();
    },
  });
  const password = add.data?.initial_password;
  return (
    <Dialog open onOpenChange={onClose} title={t('member.add')}>
      {password ? (
        <SecretOnce text={t('member.password', { email: email.trim() })} secret={password} onDone={onClose} />
      ) : (
        <DialogForm action={t('member.add')} sending={add} onCancel={onClose}>
          <Field label={t('field.name')}>
            {(ids) => <Input {...ids} required value={name} onChange={(event) => setName(event.target.value)} />}
          </Field>
          <Field label={t('field.email')}>
            {(ids) => (
              <Input {...ids} type="email" required value={email} onChange={(event) => setEmail(event.target.value)} />
            )}
          </Field>
          <Field label={t('field.role')} hint={t(`role.${role}.hint`)}>
            {(ids) => (
              <Select {...ids} value={role} onChange={(event) => setRole(event.target.value as Role)}>
                {roles.map((one) => (
                  <option key={one} value={one}>
                    {t(`role.${one}`)}
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
