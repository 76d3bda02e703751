import { followRun, isTerminal, type RunEvent } from '@/api/run-events';
import { stepPage } from './api';
import { fromRecord, type TraceStep } from './tree';

/** What a reader of a run's steps is told. */
export interface Trace {
  steps: TraceStep[];
  /** Whether everything that ended so far has been read. */
  whole: boolean;
  error: unknown;
  /** Whether updates stopped coming although the run may go on. */
  lost: boolean;
}

type Told = RunEvent & { at?: string };

/** How many steps are shown first, and read at a time while a run goes on. */
const AT_A_TIME = 200;

/**
 * Reads the steps of a run page by page and, while it goes on, its events. Records come from the
 * pages; an event only says that there is a step, and that there is a record to be read.
 */
export class TraceReader {
  private steps = new Map<string, TraceStep>();
  private cursor: number | undefined;
  private state: Trace = { steps: [], whole: false, error: null, lost: false };
  private timer: ReturnType<typeof setTimeout> | undefined;
  private reading: Promise<void> | null = null;
  private again = false;

  constructor(
    private readonly run: string,
    private readonly tell: (trace: Trace) => void,
    private readonly onRunChange: () => void,
    private readonly signal: AbortSignal,
    /** Whether with what each step had and gave; a trace of thousands does without until one is looked at. */
    private readonly payloads = true,
  ) {}

  private live = false;

  async start(live: boolean): Promise<void> {
    this.live = live;
    if (live) void this.follow();
    await this.read();
  }

  /** Reads what ended since the last full page; asked again meanwhile, it looks once more. */
  read(): Promise<void> {
    if (this.reading) {
      this.again = true;
      return this.reading;
    }
    this.reading = this.readPages().finally(() => {
      this.reading = null;
    });
    return this.reading;
  }

  private async readPages(): Promise<void> {
    try {
      do {
        this.again = false;
        for (;;) {
          // Of a run that is over, light steps come in two parts: the first rows, and all others.
          const rest = this.cursor !== undefined && !this.live && !this.payloads;
          const page = await stepPage(this.run, { after: this.cursor, limit: rest ? undefined : AT_A_TIME, payloads: this.payloads });
          if (this.signal.aborted) return;
          for (const record of page.items) this.put(fromRecord(record));
          this.sayNowAndThen({ whole: !page.next, error: null });
          if (!page.next) break;
          this.cursor = Number(page.next);
        }
      } while (this.again);
    } catch (error) {
      if (!this.signal.aborted) this.say({ error });
    }
  }

  private async follow(): Promise<void> {
    try {
      await followRun(this.run, (event) => this.fold(event), this.signal);
    } catch {
      if (!this.signal.aborted) this.say({ lost: true });
    }
  }

  private fold(event: Told): void {
    const at = event.at ? Date.parse(event.at) : Date.now();
    if (event.type === 'step.started') {
      if (this.steps.get(event.step_id)?.record) return;
      this.put({
        id: event.step_id,
        path: event.path ?? event.node,
        node: event.node,
        kind: event.kind,
        status: 'running',
        start: at,
        end: null,
        record: null,
      });
      this.soon();
    } else if (event.type === 'step.finished' || event.type === 'step.failed') {
      const known = this.steps.get(event.step_id);
      if (known?.record) return;
      if (known) this.put({ ...known, status: event.type === 'step.failed' ? 'failed' : 'done', end: at });
      void this.soon(true);
    } else if (event.type.startsWith('run.')) {
      if (event.type === 'run.paused' && event.node) this.asks(event.wait_id, event.node, event.path ?? event.node, at);
      this.onRunChange();
      if (isTerminal(event)) void this.soon(true);
    }
  }

  private put(step: TraceStep): void {
    this.steps.set(step.id, step);
    const asked = this.asking.get(step.path);
    if (asked && step.record) this.steps.delete(asked);
  }

  /** Questions to people by path: a step that waits for its answer has no record and no start. */
  private asking = new Map<string, string>();
  private asks(wait: string, node: string, path: string, start: number): void {
    if ([...this.steps.values()].some((step) => step.path === path)) return;
    this.asking.set(path, wait);
    this.put({ id: wait, path, node, kind: 'human', status: 'running', start, end: null, record: null });
    this.soon();
  }

  private wanted = false;
  /** Many events come at once; they are shown, and their records read, a few times a second. */
  private soon(read = false): void {
    this.wanted ||= read;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      if (this.signal.aborted) return;
      if (this.wanted) void this.read();
      else this.say({});
      this.wanted = false;
    }, 250);
  }

  private said = Number.NEGATIVE_INFINITY;
  /** Pages come faster than thousands of rows are put in order: not each of them is shown by itself. */
  private sayNowAndThen(change: Partial<Trace>): void {
    const now = performance.now();
    if (!change.whole && now - this.said < 300) return;
    this.said = now;
    this.say(change);
  }

  private say(change: Partial<Trace>): void {
    this.state = { ...this.state, ...change, steps: [...this.steps.values()] };
    this.tell(this.state);
  }
}
