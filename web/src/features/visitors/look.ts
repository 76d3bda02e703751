import { useEffect } from 'react';
import { ApiError, asApiError } from '@/api/errors';
import type { Look } from './api';
import { ts } from './words';

/** Wears a share's name and colour. */
export function useLook(look: Look | null): void {
  useEffect(() => {
    if (!look) return;
    document.title = look.name;
    const root = document.documentElement;
    if (!look.accent) return;
    const { light, dark } = look.accent;
    const values = { '--own-light': light.colour, '--own-light-text': light.text, '--own-dark': dark.colour, '--own-dark-text': dark.text };
    for (const [name, value] of Object.entries(values)) root.style.setProperty(name, value);
    root.dataset.own = '';
  }, [look]);
}

/** Whether an error says that the page is not shared, or not any more. */
export const isClosed = (error: unknown): error is ApiError => error instanceof ApiError && error.status === 404;

/** Why there is no answer, by what the server calls it. */
export const failureWords = (code: string) => ts(code === 'unavailable' ? 'shared.busy' : 'shared.failed');

/** A refusal in the reader's language, where it is one that readers meet; else as the server says it. */
export function wordsOf(error: unknown): string {
  const problem = asApiError(error);
  if (problem.limit === 'runs_per_day') return ts('shared.tomorrow');
  switch (problem.status) {
    case 401:
      return ts('shared.visitOver');
    case 404:
      return ts('shared.gone');
    case 409:
      return ts('shared.still');
    case 429:
      return ts('shared.tooFast', { seconds: problem.retryAfter ?? 60 });
    case 0:
    case 400:
    case 413:
      return problem.message;
    default:
      return failureWords(problem.code);
  }
}
