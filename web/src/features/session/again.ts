import { useSyncExternalStore } from 'react';

/** Somebody is asked to sign in again; all who need it wait for the same answer. */
interface Asking {
  answer: Promise<boolean>;
  tell: (signedIn: boolean) => void;
}

let asking: Asking | null = null;
const listeners = new Set<() => void>();
const changed = () => listeners.forEach((listener) => listener());

/** Resolves when the person has signed in again, or would rather leave. */
export function signInAgain(): Promise<boolean> {
  if (!asking) {
    let tell: (signedIn: boolean) => void = () => {};
    const answer = new Promise<boolean>((resolve) => {
      tell = resolve;
    });
    asking = { answer, tell };
    changed();
  }
  return asking.answer;
}

export function answerSignIn(signedIn: boolean): void {
  asking?.tell(signedIn);
  asking = null;
  changed();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useAsking = () => useSyncExternalStore(subscribe, () => asking !== null);
