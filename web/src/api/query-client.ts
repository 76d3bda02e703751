import { QueryClient, type QueryKey } from '@tanstack/react-query';
import { ApiError } from './errors';

/** Tries again only what may succeed the second time. */
function shouldRetry(failures: number, error: Error): boolean {
  if (error instanceof ApiError && error.status >= 400 && error.status < 500) return false;
  return failures < 2;
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { retry: shouldRetry, staleTime: 10_000, refetchOnWindowFocus: true },
    mutations: { retry: false },
  },
});

/**
 * Reads again what an event says has changed. A first reading that is under way may be older than
 * the event, and would be kept as it is: it is given up, so that the one after it counts.
 */
export async function renew(queryKey: QueryKey): Promise<void> {
  await queryClient.cancelQueries({ queryKey });
  await queryClient.invalidateQueries({ queryKey });
}
