import { useMutation } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { ApiError } from '@/api/errors';
import { t } from './words';
import { Button } from '@/ui/button';
import { Field, Input } from '@/ui/field';
import { WordMark } from '@/ui/mark';
import { ProblemBox } from '@/ui/problem';
import { useDocumentTitle } from '@/ui/use-document-title';
import { signIn } from './api';
import { safeNext } from './next';

/** Counts the seconds down that the server asked to wait. */
function useCountdown() {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (left <= 0) return undefined;
    const timer = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(timer);
  }, [left]);
  return { left, start: (error: Error) => setLeft(error instanceof ApiError ? Math.ceil(error.retryAfter ?? 0) : 0) };
}

export function LoginPage() {
  useDocumentTitle(t('login.title'));
  const { next } = useSearch({ from: '/login' });
  const { history } = useRouter();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const { left: wait, start: startCountdown } = useCountdown();
  const submit = useMutation({
    mutationFn: () => signIn(email, password),
    onSuccess: () => history.push(safeNext(next)),
    onError: startCountdown,
  });

  return (
    <main className="flex min-h-full flex-col items-center px-4 pt-[16vh] pb-12">
      <WordMark />
      <h1 className="mt-8 text-20 font-semibold tracking-[-0.01em]">{t('login.title')}</h1>
      <form
        className="mt-6 flex w-full max-w-[336px] flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit.mutate();
        }}
      >
        <Field label={t('field.email')}>
          {(ids) => (
            <Input
              {...ids}
              type="email"
              name="email"
              autoComplete="username"
              autoFocus
              required
              value={email}
              onChange={(event) => setEmail(event.target.value)}
            />
          )}
        </Field>
        <Field label={t('field.password')}>
          {(ids) => (
            <Input
              {...ids}
              type="password"
              name="password"
              autoComplete="current-password"
              required
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          )}
        </Field>
        {submit.error && <ProblemBox error={submit.error} />}
        <Button type="submit" kind="primary" size="lg" busy={submit.isPending} disabled={wait > 0}>
          {wait > 0 ? t('login.wait', { seconds: wait }) : t('login.submit')}
        </Button>
      </form>
      <p className="mt-6 max-w-[336px] text-center text-12 text-fg-3">{t('login.help')}</p>
    </main>
  );
}
