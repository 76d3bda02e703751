import { errorFrom, networkError } from '@/api/errors';
import { followFrom, type RunEvent } from '@/api/run-events';
import type { components } from '@/api/schema';
import { readStored, writeStored } from '@/api/stored';

type Schemas = components['schemas'];
export type Look = Schemas['SharedLook'];
export type VisitorMessage = Schemas['VisitorMessage'];
export type VisitorCitation = Schemas['VisitorCitation'];
export type VisitorConversation = Schemas['VisitorConversation'];
export type ConversationWithMessages = Schemas['VisitorConversationWithMessages'];
export type QuestionSent = Schemas['QuestionSent'];
export type VisitorRun = Schemas['VisitorRun'];

const place = /^(.*)\/s\/([\w-]+)\/?$/.exec(globalThis.location?.pathname ?? '');
export const token = place?.[2] ?? '';
/** The API, also where the server stands below a path. */
const SHARED = `${place?.[1] ?? ''}/api/v1/shared/${token}`;

/** How the page stands in another site: behind a button, in its text, or not at all. */
export const embed = new URLSearchParams(globalThis.location?.search).get('embed');
const framed = globalThis.window !== undefined && window.parent !== window;

/** One word, which says nothing about anybody, to whichever site it is. */
export function close(): void {
  window.parent.postMessage('headwater:close', '*');
}

// Browsers keep no cookies for frames of other sites, or only under https. A frame has its secret in
// the tab's storage, which is its own, and where that is forbidden in memory.
const SECRET = `headwater.visit.${token}`;
const VISITED = `headwater.visited.${token}`;
const OPEN = `headwater.visit.conversation.${token}`;

const hasVisit = () => readStored(framed ? SECRET : VISITED, framed ? 'tab' : 'browser') !== null;

function headers(): Record<string, string> {
  const sent: Record<string, string> = { 'X-Requested-With': 'headwater' };
  const secret = framed ? readStored(SECRET, 'tab') : null;
  if (secret) sent.Authorization = `Bearer ${secret}`;
  return sent;
}

async function send(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(`${SHARED}${path}`, { ...init, credentials: 'same-origin' });
  } catch {
    throw networkError();
  }
  if (response.ok) return response;
  const body: unknown = await response.json().catch(() => null);
  // The visit is over; the next question begins another one.
  if (response.status === 401) forget();
  throw errorFrom(response, body);
}

function forget(): void {
  writeStored(SECRET, null, 'tab');
  writeStored(VISITED, null);
  writeStored(OPEN, null, 'tab');
}

async function read<T>(path: string): Promise<T> {
  const response = await send(path, { headers: headers() });
  return response.json() as Promise<T>;
}

async function post<T>(path: string, body: unknown): Promise<T> {
  const response = await send(path, {
    method: 'POST',
    headers: { ...headers(), 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  return response.json() as Promise<T>;
}

let beginning: Promise<void> | null = null;

/** Begins a visit when there is none: whoever only looks leaves no trace. */
async function visit(): Promise<void> {
  if (hasVisit()) return;
  beginning ??= post<Schemas['BegunVisit']>('/visits', { embedded: framed })
    .then(({ secret }) => {
      if (framed) writeStored(SECRET, secret ?? null, 'tab');
      else writeStored(VISITED, 'yes');
    })
    .finally(() => {
      beginning = null;
    });
  await beginning;
}

export const readLook = () => read<Look>('');

/** The conversation that was open in this tab before. */
export const openConversation = () => (hasVisit() ? readStored(OPEN, 'tab') : null);
export const rememberConversation = (id: string | null) => writeStored(OPEN, id, 'tab');

export async function readConversations(): Promise<VisitorConversation[]> {
  if (!hasVisit()) return [];
  return (await read<{ items: VisitorConversation[] }>('/conversations')).items;
}

export const readConversation = (id: string) => read<ConversationWithMessages>(`/conversations/${id}`);

export async function beginConversation(): Promise<VisitorConversation> {
  await visit();
  return post('/conversations', {});
}

export const sendQuestion = (id: string, text: string) => post<QuestionSent>(`/conversations/${id}/messages`, { text });
export const regenerate = (id: string, message: string) => post<QuestionSent>(`/conversations/${id}/messages/${message}/regenerate`, {});

export async function startRun(input: Record<string, unknown>): Promise<VisitorRun> {
  await visit();
  return post('/runs', { input });
}

export const readRun = (id: string) => read<VisitorRun>(`/runs/${id}`);
export const stopRun = (id: string) => post<VisitorRun>(`/runs/${id}/cancel`, {});

/** A conversation that was given out to read. */
export type SnapshotPage = Schemas['SnapshotPage'];
export const isSnapshot = token.startsWith('c-');
export const readSnapshot = () => read<SnapshotPage>('/snapshot');

/** What a visitor is told of a run; the last is that the page is closed, should it be. */
export type VisitorEvent = RunEvent | { type: 'share.closed'; message: string };

export function followRun(id: string, onEvent: (event: VisitorEvent) => void, signal: AbortSignal, onLost: (lost: boolean) => void): Promise<void> {
  const over = new AbortController();
  const open = (lastId: string | null) =>
    send(`/runs/${id}/events`, {
      headers: { ...headers(), Accept: 'text/event-stream', ...(lastId ? { 'Last-Event-ID': lastId } : {}) },
      signal,
    });
  return followFrom(
    open,
    (event) => {
      const told = event as VisitorEvent;
      onEvent(told);
      if (told.type === 'share.closed') over.abort();
    },
    AbortSignal.any([signal, over.signal]),
    onLost,
  );
}
