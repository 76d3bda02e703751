import { useSyncExternalStore } from 'react';
import { applyDelta } from '@/api/reply';
import { followRun, isTerminal, type RunEvent } from '@/api/run-events';
import type { Citation, RunError } from '@/api/types';
import { asApiError } from '@/api/errors';

/** An answer that is being written. */
export interface LiveRun {
  text: string;
  citations: Citation[] | null;
  /** Kind of the node at work, for a word while there is no text yet. */
  working: string | null;
  error: RunError | null;
  /** Whether the server cannot be reached; it is tried again and again. */
  lost: boolean;
  ended: boolean;
}

const runs = new Map<string, LiveRun>();
const listeners = new Set<() => void>();
let scheduled = false;

function tell(): void {
  scheduled = false;
  for (const listener of listeners) listener();
}

/** Pieces arrive faster than screens refresh; one render per frame is enough. */
function changed(): void {
  if (scheduled) return;
  scheduled = true;
  if (document.hidden) setTimeout(tell, 100);
  else requestAnimationFrame(tell);
}

/** The state after one more event. */
export function fold(run: LiveRun, event: RunEvent): LiveRun {
  switch (event.type) {
    case 'message.delta':
      return { ...run, text: applyDelta(run.text, event.offset, event.text) };
    case 'message.citations':
      return { ...run, citations: event.citations };
    case 'step.started':
      return { ...run, working: event.kind };
    case 'run.paused':
      return { ...run, working: 'human' };
    case 'run.resumed':
      return { ...run, working: null };
    case 'run.finished':
      return { ...run, text: event.reply || run.text, ended: true };
    case 'run.failed':
      return { ...run, error: event.error, ended: true };
    case 'run.cancelled':
      return { ...run, ended: true };
    default:
      return run;
  }
}

/** Starts following a run once; `onEnd` is awaited before the live state is given up. */
export function follow(runId: string, text: string, onEnd: () => Promise<void>): void {
  if (runs.has(runId)) return;
  runs.set(runId, { text, citations: null, working: null, error: null, lost: false, ended: false });
  changed();
  const put = (change: (run: LiveRun) => LiveRun) => {
    const run = runs.get(runId);
    if (run) runs.set(runId, change(run));
  };
  const update = (event: RunEvent) => {
    put((run) => fold(run, event));
    if (isTerminal(event)) tell();
    else changed();
  };
  const finish = async () => {
    await onEnd();
    runs.delete(runId);
    tell();
  };
  const lose = (lost: boolean) => {
    put((run) => ({ ...run, lost }));
    tell();
  };
  followRun(runId, update, new AbortController().signal, lose)
    .catch((error: unknown) => {
      const problem = asApiError(error);
      update({ type: 'run.failed', error: { code: problem.code, message: problem.message } });
    })
    .then(finish, finish);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The live state of a run, or null when nobody follows it. */
export function useLiveRun(runId: string | null): LiveRun | null {
  return useSyncExternalStore(subscribe, () => (runId ? (runs.get(runId) ?? null) : null));
}
