import { useEffect, useState } from 'react';
import { applyDelta } from '@/api/reply';
import { followRun, type VisitorCitation, type VisitorEvent } from './api';
import { failureWords, isClosed, wordsOf } from './look';
import { ts } from './words';

/** An answer that is being written. */
export interface Live {
  text: string;
  citations: VisitorCitation[] | null;
  paused: boolean;
  /** Why there is no answer, in words. */
  problem: string | null;
  /** Whether the server cannot be reached; it is tried again and again. */
  lost: boolean;
  /** Whether the page was closed meanwhile. */
  closed: boolean;
  outputs: Record<string, unknown> | null;
  ended: boolean;
}

export const begun = (text: string): Live => ({ text, citations: null, paused: false, problem: null, lost: false, closed: false, outputs: null, ended: false });

/** The state after one more event. */
export function fold(live: Live, event: VisitorEvent): Live {
  switch (event.type) {
    case 'message.delta':
      return { ...live, text: applyDelta(live.text, event.offset, event.text) };
    case 'message.citations':
      return { ...live, citations: event.citations as unknown as VisitorCitation[] };
    case 'run.paused':
      return { ...live, paused: true };
    case 'run.resumed':
      return { ...live, paused: false };
    case 'run.finished':
      return { ...live, text: event.reply || live.text, outputs: event.outputs ?? null, ended: true };
    case 'run.failed':
      return { ...live, problem: failureWords(event.error.code), ended: true };
    case 'run.cancelled':
      return { ...live, ended: true };
    case 'share.closed':
      return { ...live, problem: ts('shared.gone'), closed: true, ended: true };
    default:
      return live;
  }
}

/** Follows a run while it goes on; `onEnd` is called once, with whether the page was closed. */
export function useLive(run: string | null, text: string, onEnd: (closed: string | null) => void): Live | null {
  const [state, setState] = useState<{ run: string; live: Live } | null>(null);
  useEffect(() => {
    if (!run) return undefined;
    const stop = new AbortController();
    let live = begun(text);
    let frame = 0;
    const show = () => {
      frame = 0;
      setState({ run, live });
    };
    show();
    followRun(
      run,
      (event) => {
        live = fold(live, event);
        // Pieces arrive faster than screens refresh.
        if (!frame) frame = requestAnimationFrame(show);
      },
      stop.signal,
      (lost) => {
        live = { ...live, lost };
        show();
      },
    )
      .catch((error: unknown) => {
        live = { ...live, problem: wordsOf(error), closed: isClosed(error), ended: true };
      })
      .then(() => {
        if (stop.signal.aborted) return;
        show();
        onEnd(live.closed ? live.problem : null);
      });
    return () => {
      stop.abort();
      cancelAnimationFrame(frame);
    };
    // The text is where the answer stood when following began.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [run]);
  return state && state.run === run ? state.live : null;
}
