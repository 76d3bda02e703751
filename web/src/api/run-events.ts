import { API, refused, sessionHeaders } from './client';
import { ApiError, errorFrom, isAbort, networkError } from './errors';
import { readFrames } from './sse';
import type { components } from './schema';

/** What may happen to a run, as the stream tells it. */
export type RunEvent = components['schemas']['EventBody'];

const TERMINAL = new Set(['run.finished', 'run.failed', 'run.cancelled']);
const MAX_SILENT_ATTEMPTS = 8;

export function isTerminal(event: RunEvent): boolean {
  return TERMINAL.has(event.type);
}

/** Wait before the next attempt: 0.4 s doubling to 8 s, spread so that tabs do not return together. */
export function backoff(attempt: number, random: number): number {
  return Math.min(8000, 400 * 2 ** attempt) * (0.75 + random / 2);
}

export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Opens a stream of events, after the one that was had last. */
export async function openEvents(path: string, lastId: string | null, signal: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { ...sessionHeaders(), Accept: 'text/event-stream' };
  if (lastId) headers['Last-Event-ID'] = lastId;
  const response = await fetch(`${API}${path}`, {
    headers,
    credentials: 'same-origin',
    signal,
  });
  if (response.ok) return response;
  const body: unknown = await response.json().catch(() => null);
  throw refused(errorFrom(response, body));
}

/** A refusal that another attempt cannot change. */
export function isFinal(error: unknown): boolean {
  return error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429;
}

/** Told when the connection stays away, and when it is back. */
type OnLost = (lost: boolean) => void;

/**
 * Follows a run from its beginning to its terminal event. A lost connection is taken up again with
 * `Last-Event-ID`, so nothing is missed and nothing is applied twice. Whoever is told of it waits as
 * long as it takes; others get an error after a while.
 */
export function followRun(runId: string, onEvent: (event: RunEvent) => void, signal: AbortSignal, onLost?: OnLost): Promise<void> {
  return followFrom((lastId) => openEvents(`/runs/${encodeURIComponent(runId)}/events`, lastId, signal), onEvent, signal, onLost);
}

/** The same for whoever opens the stream, which goes on after the id that is given. */
export async function followFrom(
  openAfter: (lastId: string | null) => Promise<Response>,
  onEvent: (event: RunEvent) => void,
  signal: AbortSignal,
  onLost?: OnLost,
): Promise<void> {
  let lastId: string | null = null;
  let attempt = 0;
  while (!signal.aborted) {
    try {
      const response = await openAfter(lastId);
      if (attempt > 1) onLost?.(false);
      if (!response.body) throw networkError();
      for await (const frame of readFrames(response.body)) {
        attempt = 0;
        if (frame.id) lastId = frame.id;
        const event = parseEvent(frame.event, frame.data);
        if (!event) continue;
        onEvent(event);
        if (isTerminal(event) || signal.aborted) return;
      }
    } catch (error) {
      if (signal.aborted || isAbort(error)) return;
      if (isFinal(error)) throw error;
    }
    attempt += 1;
    // The first attempt comes at once: what it mends nobody need hear of.
    if (attempt === 2) onLost?.(true);
    if (attempt > MAX_SILENT_ATTEMPTS && !onLost) throw networkError();
    await pause(backoff(attempt, Math.random()), signal);
  }
}

/** Reads one frame; a malformed one is skipped rather than ending the answer. */
export function parseEvent(type: string, data: string): RunEvent | null {
  try {
    const value = JSON.parse(data) as Record<string, unknown>;
    return { ...value, type: value.type ?? type } as RunEvent;
  } catch {
    return null;
  }
}
