import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { call, client } from '@/api/client';
import { ApiError } from '@/api/errors';
import { queryClient } from '@/api/query-client';
import { meQuery } from '@/features/session/api';
import { t } from './words';
import { Button } from '@/ui/button';
import { Field, Input } from '@/ui/field';
import { ProblemBox } from '@/ui/problem';

const FIELDS = ['code', 'name', 'email', 'password', 'workspace'] as const;
type Name = (typeof FIELDS)[number];

export function OwnerStep({ codeRequired, onDone }: { codeRequired: boolean; onDone: () => void }) {
  const [values, setValues] = useState<Record<Name, string>>({
    code: '',
    name: '',
    email: '',
    password: '',
    workspace: '',
  });
  const create = useMutation({
    mutationFn: () =>
      call(
        client.POST('/api/v1/setup', {
          body: {
            email: values.email.trim(),
            name: values.name.trim(),
            password: values.password,
            workspace: values.workspace.trim() || undefined,
            code: codeRequired ? values.code.trim() : undefined,
          },
        }),
      ),
    onSuccess: (me) => {
      queryClient.clear();
      queryClient.setQueryData(meQuery.queryKey, me);
      onDone();
    },
  });
  const wrong = create.error instanceof ApiError ? create.error : null;
  const known = FIELDS.find((name) => name === wrong?.field);
  const bind = (name: Name) => ({
    name,
    value: values[name],
    onChange: (event: { target: { value: string } }) =>
      setValues((before) => ({ ...before, [name]: event.target.value })),
  });
  const errorOf = (name: Name) => (known === name ? wrong?.message : undefined);

  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate();
      }}
    >
      <div>
        <h1 className="text-20 font-semibold tracking-[-0.01em]">{t('setup.owner.title')}</h1>
        <p className="mt-1 text-fg-2">{t('setup.owner.lead')}</p>
      </div>
      {codeRequired && (
        <Field label={t('setup.code')} hint={t('setup.code.hint')} error={errorOf('code')}>
          {(ids) => <Input {...ids} {...bind('code')} required autoFocus autoComplete="one-time-code" className="font-mono" />}
        </Field>
      )}
      <Field label={t('field.name')} error={errorOf('name')}>
        {(ids) => <Input {...ids} {...bind('name')} required autoFocus={!codeRequired} autoComplete="name" />}
      </Field>
      <Field label={t('field.email')} error={errorOf('email')}>
        {(ids) => <Input {...ids} {...bind('email')} type="email" required autoComplete="username" />}
      </Field>
      <Field label={t('field.password')} hint={t('field.password.hint')} error={errorOf('password')}>
        {(ids) => (
          <Input {...ids} {...bind('password')} type="password" required minLength={10} autoComplete="new-password" />
        )}
      </Field>
      <Field
        label={t('field.workspace')}
        optional={t('field.optional')}
        hint={t('setup.workspace.hint')}
        error={errorOf('workspace')}
      >
        {(ids) => <Input {...ids} {...bind('workspace')} autoComplete="organization" />}
      </Field>
      {wrong && !known && <ProblemBox error={wrong} />}
      <Button type="submit" kind="primary" size="lg" busy={create.isPending} className="mt-2 self-start">
        {t('setup.owner.submit')}
      </Button>
    </form>
  );
}
