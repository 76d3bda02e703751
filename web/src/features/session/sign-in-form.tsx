import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ApiError } from '@/api/errors';
import type { Me } from '@/api/types';
import { Button } from '@/ui/button';
import { Field, Input } from '@/ui/field';
import { ProblemBox } from '@/ui/problem';
import { t } from './words';

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

interface SignInFormProps {
  /** Who is expected, where that is known. */
  email?: string;
  signIn: (email: string, password: string) => Promise<Me>;
  onDone: (me: Me) => void;
}

/** Asks for email and password, and waits where the server says so. */
export function SignInForm({ email: expected = '', signIn, onDone }: SignInFormProps) {
  const [email, setEmail] = useState(expected);
  const [password, setPassword] = useState('');
  const { left: wait, start: startCountdown } = useCountdown();
  const submit = useMutation({
    mutationFn: () => signIn(email, password),
    onSuccess: onDone,
    onError: startCountdown,
  });
  return (
    <form
      className="flex flex-col gap-4"
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
            autoFocus={expected === ''}
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
            autoFocus={expected !== ''}
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
  );
}
