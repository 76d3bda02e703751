import { useMutation } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError } from '@/api/errors';
import { backoff } from '@/api/run-events';
import { readStored, writeStored } from '@/api/stored';
import type { Attachment } from '@/api/types';

/** A question that the server has not accepted yet. It outlives the tab. */
export interface Unsent {
  text: string;
  files: Attachment[];
  /** Who answers, in place of the flow's own models. */
  models: string[];
  /** What is searched, in place of what the flow says. */
  bases?: string[] | undefined;
  /** The answer it follows; null for a first question. */
  parent: string | null;
  /** The questions that stood in its place before it. */
  known: string[];
  /** The flow that is asked, while there is no conversation yet. */
  flow?: string | undefined;
  /** Whether it was sent before and no answer came, so that it may be there. */
  tried?: boolean;
}

const name = (key: string) => `headwater.unsent.${key}`;

export function readUnsent(key: string): Unsent | null {
  return JSON.parse(readStored(name(key)) ?? 'null') as Unsent | null;
}

export function writeUnsent(key: string, unsent: Unsent | null): void {
  writeStored(name(key), unsent && JSON.stringify(unsent));
}

/** Whether the question may get through later as it is. */
export const isAway = (error: unknown) => !(error instanceof ApiError) || error.status === 0 || error.status >= 500;

/** Whether it is worth trying again without being told to. */
const passes = (error: unknown) => isAway(error) && !(error instanceof ApiError && error.status === 500);

const turns = new Map<string, Promise<unknown>>();

/** One attempt after the other, over all tabs where the browser can tell them apart. */
function inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
  if (navigator.locks) return navigator.locks.request(name(key), work) as Promise<T>;
  const turn = (turns.get(key) ?? Promise.resolve()).then(work, work);
  turns.set(key, turn);
  return turn;
}

interface Ways<T> {
  /** Brings the question to the server; one that was tried may be there already. */
  deliver: (question: Unsent) => Promise<T>;
  onSent: (sent: T, question: Unsent) => unknown;
  /** What the server refuses goes back to where it was typed. */
  onBack: (question: Unsent) => void;
}

/** Keeps a question until the server has accepted it, and tries again when the connection is back. */
export function useOutbox<T>(key: string, ways: Ways<T>) {
  const [held, setHeld] = useState(() => ({ key, unsent: readUnsent(key) }));
  if (held.key !== key) setHeld({ key, unsent: readUnsent(key) });
  const { unsent } = held;
  const [away, setAway] = useState(0);
  const latest = useRef(ways);
  latest.current = ways;
  const put = useCallback(
    (question: Unsent | null) => {
      writeUnsent(key, question);
      setHeld({ key, unsent: question });
    },
    [key],
  );

  const { mutate, isPending, error } = useMutation({
    // A paused attempt could not say that it is one.
    networkMode: 'always',
    mutationFn: () =>
      inTurn(key, async () => {
        const question = readUnsent(key);
        if (!question) return null;
        writeUnsent(key, { ...question, tried: true });
        try {
          const sent = await latest.current.deliver(question);
          writeUnsent(key, null);
          return { sent, question };
        } catch (problem) {
          if (isAway(problem)) throw problem;
          writeUnsent(key, null);
          latest.current.onBack(question);
          throw problem;
        }
      }),
    onSuccess: async (done) => {
      setAway(0);
      if (done) await latest.current.onSent(done.sent, done.question);
    },
    onError: (problem) => setAway((times) => (isAway(problem) ? times + 1 : 0)),
    onSettled: () => setHeld({ key, unsent: readUnsent(key) }),
  });

  // What was left over from an earlier visit.
  useEffect(() => {
    if (readUnsent(key)) mutate();
  }, [key, mutate]);

  const waits = away > 0 && !isPending && unsent !== null && passes(error);
  useEffect(() => {
    if (!waits) return undefined;
    const again = () => mutate();
    const timer = setTimeout(again, backoff(away + 1, Math.random()));
    window.addEventListener('online', again);
    return () => {
      clearTimeout(timer);
      window.removeEventListener('online', again);
    };
  }, [waits, away, mutate]);

  return {
    unsent,
    isSending: isPending,
    /** Why it is not sent yet. */
    away: unsent && away > 0 ? error : null,
    /** Why it was refused. */
    refused: unsent ? null : error,
    send: (question: Unsent) => {
      put(question);
      mutate();
    },
    retry: () => mutate(),
    /** Takes it out, to be changed. */
    take: () => {
      put(null);
      setAway(0);
      if (unsent) latest.current.onBack(unsent);
    },
  };
}
