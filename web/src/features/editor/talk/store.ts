import { useEffect, useSyncExternalStore } from 'react';
import { asApiError } from '@/api/errors';
import { queryClient } from '@/api/query-client';
import { readStored, writeStored } from '@/api/stored';
import { follow } from '@/features/chat/live-runs';
import { cancelRun, type Run, runQuery } from '@/features/runs/api';
import { between } from '@/features/runs/measure';
import { said } from '@/features/said/said';
import { isDone, NOTHING, revived, type Talk, type Turn } from './turns';

// Turns go on while nobody looks; a reload of the tab brings them back.
const talks = new Map<string, Talk>();
const listeners = new Set<() => void>();

const place = (key: string) => `headwater.talk.${key}`;

export function talkOf(key: string): Talk {
  const talk = talks.get(key) ?? revived(readStored(place(key), 'tab'));
  talks.set(key, talk);
  return talk;
}

export function changeTalk(key: string, change: (talk: Talk) => Talk): void {
  const talk = change(talkOf(key));
  talks.set(key, talk);
  writeStored(place(key), JSON.stringify(talk), 'tab');
  for (const listener of listeners) listener();
}

/** The turns are gone, and the one that was under way ends; what is typed in the other inputs stays. */
export function startOver(key: string): void {
  for (const turn of talkOf(key).turns) if (turn.run && !isDone(turn)) void cancelRun(turn.run).catch(() => {});
  changeTalk(key, ({ inputs }) => ({ ...NOTHING, inputs }));
}

function amend(key: string, id: number, change: Partial<Turn>): void {
  if (!talkOf(key).turns.some((turn) => turn.id === id)) return;
  changeTalk(key, (talk) => ({ ...talk, turns: talk.turns.map((turn) => (turn.id === id ? { ...turn, ...change } : turn)) }));
}

const failed = (error: unknown) => ({ status: 'failed' as const, error: said(asApiError(error).message) });

/** Follows a turn to its end, which the run then tells. */
function watch(key: string, id: number, run: string): void {
  follow(run, '', async () => {
    try {
      const ended = await queryClient.fetchQuery({ ...runQuery(run), staleTime: 0, retry: 3 });
      amend(key, id, endOf(ended));
    } catch (error) {
      amend(key, id, failed(error));
    }
  });
}

function endOf(run: Run): Partial<Turn> {
  return {
    status: run.status,
    text: run.reply,
    citations: run.citations,
    error: run.error ? said(run.error.message) : null,
    after: run.variables ?? null,
    took: between(run.started_at, run.finished_at, Date.now()),
  };
}

/** Adds a turn whose run `start` begins; null when it was not begun. */
export async function takeTurn(key: string, turn: Turn, start: () => Promise<Run>): Promise<Run | null> {
  changeTalk(key, (talk) => ({ ...talk, turns: [...talk.turns, turn], edited: {} }));
  try {
    const run = await start();
    amend(key, turn.id, { run: run.id, status: run.status });
    watch(key, turn.id, run.id);
    return run;
  } catch (error) {
    amend(key, turn.id, failed(error));
    return null;
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The conversation of a key; what was going when the page was left is followed again. */
export function useTalk(key: string): Talk {
  useEffect(() => {
    for (const turn of talkOf(key).turns) if (turn.run && !isDone(turn)) watch(key, turn.id, turn.run);
  }, [key]);
  return useSyncExternalStore(subscribe, () => talkOf(key));
}
