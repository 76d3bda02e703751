import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { toast } from '@/ui/toast';
import type { User } from '@/api/types';
import { meQuery } from '@/features/session/api';
import { t } from './words';
import { Button } from '@/ui/button';
import { Field, Input } from '@/ui/field';
import { Section } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { changeMe } from './people-api';

export function ProfilePage() {
  const { data, error, refetch } = useQuery(meQuery);
  if (error) return <ProblemBox error={error} onRetry={() => void refetch()} />;
  if (!data?.user) return <SkeletonRows rows={3} />;
  return (
    <>
      <Name user={data.user} />
      <Password user={data.user} />
    </>
  );
}

function Name({ user }: { user: User }) {
  const [name, setName] = useState(user.name);
  const save = useMutation({
    mutationFn: () => changeMe({ name: name.trim() }),
    onSuccess: () => toast.success(t('state.saved')),
  });
  return (
    <Section title={t('settings.profile')} lead={user.email}>
      <form
        className="flex max-w-[336px] flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Field label={t('field.name')}>
          {(ids) => (
            <Input {...ids} required autoComplete="name" value={name} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
        {save.error && <ProblemBox error={save.error} />}
        <Button
          type="submit"
          className="self-start"
          busy={save.isPending}
          disabled={!name.trim() || name.trim() === user.name}
        >
          {t('action.save')}
        </Button>
      </form>
    </Section>
  );
}

function Password({ user }: { user: User }) {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const save = useMutation({
    mutationFn: () => changeMe({ current_password: current, new_password: next }),
    onSuccess: () => {
      setCurrent('');
      setNext('');
      toast.success(t('profile.password.changed'));
    },
  });
  return (
    <Section title={t('field.password')}>
      <form
        className="flex max-w-[336px] flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <input type="email" hidden readOnly autoComplete="username" value={user.email} />
        <Field label={t('profile.password.current')}>
          {(ids) => (
            <Input
              {...ids}
              type="password"
              required
              autoComplete="current-password"
              value={current}
              onChange={(event) => setCurrent(event.target.value)}
            />
          )}
        </Field>
        <Field label={t('profile.password.new')} hint={t('field.password.hint')}>
          {(ids) => (
            <Input
              {...ids}
              type="password"
              required
              minLength={10}
              autoComplete="new-password"
              value={next}
              onChange={(event) => setNext(event.target.value)}
            />
          )}
        </Field>
        {save.error && <ProblemBox error={save.error} />}
        <Button type="submit" className="self-start" busy={save.isPending}>
          {t('profile.password.change')}
        </Button>
      </form>
    </Section>
  );
}
