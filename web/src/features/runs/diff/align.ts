import { tokensOf } from '../measure';
import { buildTree, type TraceStep, type TreeNode } from '../tree';
import { textOf } from './lines';

/** The same step of two runs, by its path: the node, and the rounds it ran in. */
export interface Pair {
  path: string;
  depth: number;
  kind: string;
  before: TraceStep | null;
  after: TraceStep | null;
  /** `changed` is another state, other inputs or other outputs; time and cost differ always. */
  change: 'same' | 'changed' | 'added' | 'removed';
}

interface Placed {
  step: TraceStep;
  depth: number;
}

/** Steps in the order of their tree, containers before what ran in them. */
function inOrder(steps: TraceStep[]): Map<string, Placed> {
  const placed = new Map<string, Placed>();
  const walk = (level: TreeNode[], depth: number) => {
    for (const node of level) {
      if (node.step) placed.set(node.path, { step: node.step, depth });
      walk(node.children, depth + 1);
    }
  };
  walk(buildTree(steps), 0);
  return placed;
}

const gave = ({ status, record }: TraceStep) => `${status} ${textOf(record?.inputs)} ${textOf(record?.outputs)} ${record?.error?.message ?? ''}`;

/**
 * Lays the steps of two runs side by side. The order is that of the second run; what only the first
 * one did stands after what came before it there.
 */
export function alignSteps(before: TraceStep[], after: TraceStep[]): Pair[] {
  const [first, second] = [inOrder(before), inOrder(after)];
  const removed = new Map<string, Pair[]>();
  let anchor = '';
  for (const [path, { step, depth }] of first) {
    if (second.has(path)) {
      anchor = path;
      continue;
    }
    const gone = removed.get(anchor) ?? [];
    gone.push({ path, depth, kind: step.kind, before: step, after: null, change: 'removed' });
    removed.set(anchor, gone);
  }
  const pairs: Pair[] = [...(removed.get('') ?? [])];
  for (const [path, { step, depth }] of second) {
    const old = first.get(path)?.step ?? null;
    const change = !old ? 'added' : gave(old) === gave(step) ? 'same' : 'changed';
    pairs.push({ path, depth, kind: step.kind, before: old, after: step, change }, ...(removed.get(path) ?? []));
  }
  return pairs;
}

export const tookOf = (step: TraceStep | null) => (step && step.end !== null && step.status !== 'skipped' ? Math.max(0, step.end - step.start) : null);
export const stepTokens = (step: TraceStep | null) => (step ? tokensOf(step.record?.usage) : null);
export function stepCost(step: TraceStep | null): number | null {
  const cost = step?.record?.usage.cost;
  return cost === null || cost === undefined ? null : Number(cost);
}

/** The two runs that an address names: `run_a..run_b`. */
export function pairIn(id: string): [string, string] | null {
  const [one, other, more] = id.split('..');
  return one && other && more === undefined ? [one, other] : null;
}
