import type { TraceStep } from '@/features/runs/tree';
import { tokensOf } from '@/features/runs/measure';
import { walk } from './graph';
import { type FlowDoc, isContainer, START } from './model';

/** What a run made of one node: of all rounds that are looked at, when it ran in several. */
export interface NodeTrace {
  status: 'running' | 'done' | 'failed' | 'skipped';
  /** How many steps it was. */
  steps: number;
  /** Milliseconds of work, of all of them together; null while nothing has ended. */
  ms: number | null;
  tokens: number;
  /** US dollars; null when nothing has a price. */
  cost: number | null;
  /** The path of the step that came last, or of the first that failed. */
  path: string;
}

/** Which round of a container is looked at, by the container's id; of the others all are. */
export type Rounds = Readonly<Record<string, number>>;

/** One round of a container, and whether something in it failed. */
export interface Round {
  number: number;
  failed: boolean;
}

/** The worse state counts: one failure among many rounds is what one looks for. */
const RANK = { skipped: 0, done: 1, running: 2, failed: 3 } as const;

const PART = /^(.*)\[(\d+)\]$/;

/** What a step ran in, outermost first: containers, and which round of them. */
function around(path: string): { id: string; round: number | null }[] {
  return path
    .split('/')
    .slice(0, -1)
    .map((part) => {
      const found = PART.exec(part);
      return found ? { id: found[1] ?? '', round: Number(found[2]) } : { id: part, round: null };
    });
}

/** Whether a step ran in this flow itself, and in which node: agents and called flows have steps of their own. */
export function homeOf(step: TraceStep, containers: ReadonlySet<string>): string | null {
  return around(step.path).every(({ id }) => containers.has(id)) ? step.node : null;
}

function containersIn(doc: FlowDoc): Set<string> {
  return new Set([...walk(doc)].filter(({ kind }) => isContainer(kind)).map(({ id }) => id));
}

const isLookedAt = (step: TraceStep, rounds: Rounds) => around(step.path).every(({ id, round }) => rounds[id] === undefined || round === null || rounds[id] === round);

/** The nodes of a document as a run left them, in the rounds that are looked at. */
export function overlayOf(doc: FlowDoc, steps: readonly TraceStep[], rounds: Rounds = {}): Map<string, NodeTrace> {
  const containers = containersIn(doc);
  const known = new Set([START, ...[...walk(doc)].map(({ id }) => id)]);
  const overlay = new Map<string, NodeTrace>();
  for (const step of steps) {
    const id = homeOf(step, containers);
    if (id !== null && known.has(id) && isLookedAt(step, rounds)) overlay.set(id, added(overlay.get(id), step));
  }
  return overlay;
}

function added(before: NodeTrace | undefined, step: TraceStep): NodeTrace {
  const took = step.end === null ? null : Math.max(0, step.end - step.start);
  const price = step.record?.usage.cost;
  const cost = price === null || price === undefined ? null : Number(price);
  const tokens = tokensOf(step.record?.usage);
  if (!before) return { status: step.status, steps: 1, ms: took, tokens, cost, path: step.path };
  const worse = RANK[step.status] >= RANK[before.status];
  return {
    status: worse ? step.status : before.status,
    steps: before.steps + 1,
    ms: took === null ? before.ms : (before.ms ?? 0) + took,
    tokens: before.tokens + tokens,
    cost: cost === null ? before.cost : (before.cost ?? 0) + cost,
    path: worse && before.status !== 'failed' ? step.path : before.path,
  };
}

/** The rounds of a container that a run came to, within the rounds around it that are looked at. */
export function roundsOf(doc: FlowDoc, steps: readonly TraceStep[], container: string, rounds: Rounds): Round[] {
  const containers = containersIn(doc);
  const found = new Map<number, Round>();
  for (const step of steps) {
    if (homeOf(step, containers) === null) continue;
    const way = around(step.path);
    const at = way.findIndex(({ id }) => id === container);
    const number = way[at]?.round;
    if (number === null || number === undefined) continue;
    if (way.slice(0, at).some(({ id, round }) => rounds[id] !== undefined && rounds[id] !== round)) continue;
    found.set(number, { number, failed: (found.get(number)?.failed ?? false) || step.status === 'failed' });
  }
  return [...found.values()].toSorted((one, other) => one.number - other.number);
}

/** Outputs of nodes outside of containers, as a run has them: what a single node can be run with. */
export function outputsFrom(steps: readonly TraceStep[]): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const { path, node, status, record } of steps) {
    if (path === node && status === 'done' && record) given[node] = record.outputs;
  }
  return given;
}

/** What every node gave last, in the rounds that are looked at. */
export function givenBy(doc: FlowDoc, steps: readonly TraceStep[], rounds: Rounds = {}): Record<string, unknown> {
  const containers = containersIn(doc);
  const given: Record<string, unknown> = {};
  for (const step of steps) {
    const id = homeOf(step, containers);
    if (id !== null && step.status === 'done' && step.record && isLookedAt(step, rounds)) given[id] = step.record.outputs;
  }
  return given;
}
