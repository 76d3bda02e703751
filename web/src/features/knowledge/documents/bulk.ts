import { asApiError } from '@/api/errors';

/** How many requests are on their way at the same time. */
const AT_ONCE = 4;

export interface Outcome<T> {
  done: T[];
  failed: { item: T; error: Error }[];
}

/** Does the same to many things, a few at a time; one that fails does not keep the others. */
export async function toAll<T>(items: readonly T[], act: (item: T) => Promise<unknown>, tell: (through: number) => void): Promise<Outcome<T>> {
  const outcome: Outcome<T> = { done: [], failed: [] };
  let next = 0;
  const work = async () => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) {
      try {
        await act(item);
        outcome.done.push(item);
      } catch (error) {
        outcome.failed.push({ item, error: asApiError(error) });
      }
      tell(outcome.done.length + outcome.failed.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, work));
  return outcome;
}
