import { isAbort } from '@/api/errors';
import { backoff, isFinal, pause } from '@/api/run-events';
import type { components } from '@/api/schema';
import { readFrames } from '@/api/sse';

export type KnowledgeEvent = components['schemas']['KnowledgeEvent'];

/** After so many attempts that told nothing, others look for themselves; attempts go on. */
const PATIENCE = 3;
/** Events that come within this are told together, in milliseconds. */
const TOGETHER = 100;

export interface Told {
  open: (lastId: string | null, signal: AbortSignal) => Promise<Response>;
  onEvents: (events: KnowledgeEvent[]) => void;
  /** Whether what happens is heard of; while it is not, others look for themselves. */
  onHeard: (heard: boolean) => void;
  wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Reads the events of a knowledge base. A lost connection is taken up after the last event that was had. */
export class EventReader {
  private lastId: string | null = null;
  private going: AbortController | null = null;
  private waiting: KnowledgeEvent[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly told: Told) {}

  /** Begins, or goes on behind the last event. */
  start(): void {
    if (this.going) return;
    const going = new AbortController();
    this.going = going;
    void this.read(going.signal);
  }

  stop(): void {
    this.going?.abort();
    this.going = null;
    this.flush();
  }

  private async read(signal: AbortSignal): Promise<void> {
    const wait = this.told.wait ?? pause;
    let attempt = 0;
    while (!signal.aborted) {
      try {
        const response = await this.told.open(this.lastId, signal);
        if (!response.body) throw new Error('the stream has no body');
        this.told.onHeard(true);
        for await (const frame of readFrames(response.body)) {
          if (signal.aborted) return;
          attempt = 0;
          if (frame.id) this.lastId = frame.id;
          this.take(frame.data);
        }
      } catch (error) {
        if (signal.aborted || isAbort(error)) return;
        if (isFinal(error)) {
          this.told.onHeard(false);
          return;
        }
      }
      attempt += 1;
      if (attempt >= PATIENCE) this.told.onHeard(false);
      await wait(backoff(Math.min(attempt, 6), Math.random()), signal);
    }
  }

  private take(data: string): void {
    try {
      this.waiting.push(JSON.parse(data) as KnowledgeEvent);
    } catch {
      return;
    }
    this.timer ??= setTimeout(() => this.flush(), TOGETHER);
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const events = this.waiting;
    this.waiting = [];
    if (events.length > 0) this.told.onEvents(events);
  }
}
