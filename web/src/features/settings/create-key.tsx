import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { Scope } from '@/api/types';
import { t } from './words';
import { Dialog, DialogForm } from '@/ui/dialog';
import { Field, Input, Select } from '@/ui/field';
import { createKey } from './people-api';
import { SecretOnce } from './secret-once';

const SCOPES: Scope[] = ['read', 'run', 'edit', 'admin'];
const LIFETIMES = [0, 30, 90, 365] as const;

function inDays(days: number): string | undefined {
  return days === 0 ? undefined : new Date(Date.now() + days * 86_400_000).toISOString();
}

export function CreateKey({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<Scope[]>(['read', 'run']);
  const [days, setDays] = useState<number>(0);
  const create = useMutation({
    mutationFn: () => createKey({ name: name.trim(), scopes, expires_at: inDays(days) }),
  });
  const toggle = (scope: Scope, on: boolean) =>
    setScopes(SCOPES.filter((one) => (one === scope ? on : scopes.includes(one))));
  return (
    <Dialog open onOpenChange={onClose} title={t('key.create')}>
      {create.data ? (
        <SecretOnce text={t('key.secret')} secret={create.data.secret} onDone={onClose} />
      ) : (
        <DialogForm action={t('key.create')} sending={create} disabled={!name.trim() || scopes.length === 0} onCancel={onClose}>
          <Field label={t('field.name')} hint={t('key.name.hint')}>
            {(ids) => <Input {...ids} required value={name} onChange={(event) => setName(event.target.value)} />}
          </Field>
          <fieldset>
            <legend className="font-medium">{t('key.scopes')}</legend>
            {SCOPES.map((scope) => (
              <label key={scope} className="mt-1.5 flex items-start gap-2">
                <input
                  type="checkbox"
                  className="mt-[3px] size-3.5 accent-(--accent)"
                  checked={scopes.includes(scope)}
                  onChange={(event) => toggle(scope, event.target.checked)}
                />
                <span>
                  {t(`scope.${scope}`)} <span className="text-fg-3">{t(`scope.${scope}.hint`)}</span>
                </span>
              </label>
            ))}
          </fieldset>
          <Field label={t('key.lifetime')}>
            {(ids) => (
              <Select {...ids} value={days} onChange={(event) => setDays(Number(event.target.value))}>
                {LIFETIMES.map((count) => (
                  <option key={count} value={count}>
                    {count === 0 ? t('key.lifetime.none') : t('key.lifetime.days', { count })}
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
