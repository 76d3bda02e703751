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

/** Asks the person to sign in again; tells whether they did. */
type AskAgain = () => Promise<boolean>;
let signedOut: AskAgain = async () => false;

/** Called when a request finds that the session has ended; the request waits for it, and goes on. */
export function listenToSignedOut(ask: AskAgain): void {
  signedOut = ask;
}

/** What was sent, so that it can be sent once more: what is read from a request is gone. */
const sent = new WeakMap<Request, Request>();

const goOnAfterSignIn: Middleware = {
  onRequest({ request, schemaPath }) {
    if (schemaPath !== '/api/v1/session') sent.set(request, request.clone());
  },
  async onResponse({ request, response }) {
    const again = response.status === 401 ? sent.get(request) : undefined;
    return again && (await signedOut()) ? fetch(again) : undefined;
  },
};

const addSessionHeaders: Middleware = {
  onRequest({ request }) {
    for (const [name, value] of Object.entries(sessionHeaders())) request.headers.set(name, value);
    return request;
  },
};

export const client = createClient<paths>({ credentials: 'same-origin' });
client.use(addSessionHeaders);
client.use(goOnAfterSignIn);

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
