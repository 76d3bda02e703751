import createClient, { type Middleware } from 'openapi-fetch';
import { activeWorkspace } from './workspace';
import { ApiError, asApiError, errorFrom } from './errors';
import type { paths } from './schema';

export const API = '/api/v1';

/** Headers every request of a signed-in browser carries. */
export function sessionHeaders(): Record<string, string> {
  const workspace = activeWorkspace();
  const headers: Record<string, string> = { 'X-Requested-With': 'headwater' };
  if (workspace) headers['Headwater-Workspace'] = workspace;
  return headers;
}

const addSessionHeaders: Middleware = {
  onRequest({ request }) {
    for (const [name, value] of Object.entries(sessionHeaders())) request.headers.set(name, value);
    return request;
  },
};

export const client = createClient<paths>({ credentials: 'same-origin' });
client.use(addSessionHeaders);

type Listener = (error: ApiError) => void;
let onRefused: Listener = () => {};

/** Called for every refusal, so that the router can lead to sign-in or set-up. */
export function listenToRefusals(listener: Listener): void {
  onRefused = listener;
}

/** Reports a refusal and gives it back to be thrown. */
export function refused(error: ApiError): ApiError {
  onRefused(error);
  return error;
}

/** Unwraps an answer: its data, or a thrown {@link ApiError}. */
export async function call<T>(
  request: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  let answer: Awaited<typeof request>;
  try {
    answer = await request;
  } catch (error) {
    throw refused(asApiError(error));
  }
  if (!answer.response.ok) throw refused(errorFrom(answer.response, answer.error));
  return answer.data as T;
}
