import type { TraceStep } from '@/features/runs/tree';
import { tokensOf } from '@/features/runs/measure';
import { walk } from './graph';
import { type FlowDoc, isContainer, START } from './model';

/** What a run made of one node: of all rounds together, when it ran in several. */
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

/** The worse state counts: one failure among many rounds is what one looks for. */
const RANK = { skipped: 0, done: 1, running: 2, failed: 3 } as const;

/** Whether a step ran in this flow itself, and in which node: agents and called flows have steps of their own. */
export function homeOf(step: TraceStep, containers: ReadonlySet<string>): string | null {
  const parts = step.path.split('/');
  const around = parts.slice(0, -1).map((part) => part.replace(/\[\d+\]$/, ''));
  return around.every((id) => containers.has(id)) ? step.node : null;
}

/** The nodes of a document as a run left them. */
export function overlayOf(doc: FlowDoc, steps: readonly TraceStep[]): Map<string, NodeTrace> {
  const known = new Set([START]);
  const containers = new Set<string>();
  for (const { id, kind } of walk(doc)) {
    known.add(id);
    if (isContainer(kind)) containers.add(id);
  }
  const overlay = new Map<string, NodeTrace>();
  for (const step of steps) {
    const id = homeOf(step, containers);
    if (id !== null && known.has(id)) overlay.set(id, added(overlay.get(id), step));
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

/** Outputs of nodes outside of containers, as a run has them: what a single node can be run with. */
export function outputsFrom(steps: readonly TraceStep[]): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const { path, node, status, record } of steps) {
    if (path === node && status === 'done' && record) given[node] = record.outputs;
  }
  return given;
}
