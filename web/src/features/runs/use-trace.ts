import { useEffect, useState } from 'react';
import { isOver, refreshRun, type Run } from './api';
import { type Trace, TraceReader } from './trace';

const NOTHING: Trace = { steps: [], whole: false, error: null, lost: false };

/**
 * The steps of one run, and what happens in it while it goes on. A page shows one run in its life.
 * Without `payloads`, steps come without what they had and gave; `stepQuery` has that of one.
 */
export function useTrace(run: Run | undefined, { payloads = true } = {}): Trace {
  const id = run?.id;
  // A run that was going when the page opened is followed to its end.
  const [live, setLive] = useState<boolean | null>(null);
  if (run && live === null) setLive(!isOver(run));
  const [trace, setTrace] = useState<Trace>(NOTHING);
  useEffect(() => {
    if (!id || live === null) return undefined;
    const abort = new AbortController();
    const reader = new TraceReader(id, setTrace, () => void refreshRun(id), abort.signal, payloads);
    void reader.start(live);
    return () => abort.abort();
  }, [id, live, payloads]);
  return trace;
}
