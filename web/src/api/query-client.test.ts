import { QueryObserver } from '@tanstack/react-query';
import { expect, it } from 'vitest';
import { queryClient, renew } from './query-client';

it('does not keep a first reading that is older than the event', async () => {
  const answers: ((value: string) => void)[] = [];
  const queryFn = () => new Promise<string>((resolve) => answers.push(resolve));
  const queryKey = ['answer'];
  const watched = new QueryObserver(queryClient, { queryKey, queryFn });
  const leave = watched.subscribe(() => {});
  expect(answers).toHaveLength(1);
  const renewed = renew(queryKey);
  answers[0]?.('being written');
  await expect.poll(() => answers.length).toBe(2);
  answers[1]?.('done');
  await renewed;
  expect(queryClient.getQueryData(queryKey)).toBe('done');
  leave();
});
