import type { components } from '@/api/schema';

export type Step = components['schemas']['Step'];

/** One step as the tree sees it: finished ones have their record, those at work do not yet. */
export interface TraceStep {
  id: string;
  path: string;
  node: string;
  kind: string;
  status: 'running' | 'done' | 'failed' | 'skipped';
  /** Milliseconds since 1970. */
  start: number;
  end: number | null;
  record: Step | null;
}

/** A step, a round of a container, or a container whose own step has not ended. */
export interface TreeNode {
  path: string;
  /** What the row is called: the node, with the call's number, or null for a round. */
  name: string;
  round: number | null;
  step: TraceStep | null;
  /** Millisecond spans; of rounds and open containers they follow from what is in them. */
  start: number;
  end: number | null;
  failed: boolean;
  children: TreeNode[];
}

export interface TreeRow {
  node: TreeNode;
  depth: number;
  open: boolean;
}

export function fromRecord(record: Step): TraceStep {
  return {
    id: record.id,
    path: record.path ?? record.node,
    node: record.node,
    kind: record.kind,
    status: record.status,
    start: Date.parse(record.started_at),
    end: record.finished_at ? Date.parse(record.finished_at) : null,
    record,
  };
}

const ROUND = /^(.*)\[(\d+)\]$/;

/** The keys of what a path lies in, outermost first: `a[3]/b` lies in `a` and `a[3]`. */
export function ancestors(path: string): string[] {
  const keys: string[] = [];
  const parts = path.split('/');
  let before = '';
  for (const part of parts.slice(0, -1)) {
    const round = ROUND.exec(part);
    if (round) keys.push(`${before}${round[1]}`);
    keys.push(`${before}${part}`);
    before = `${before}${part}/`;
  }
  return keys;
}

function blank(path: string): TreeNode {
  const last = path.slice(path.lastIndexOf('/') + 1);
  const round = ROUND.exec(last);
  return {
    path,
    name: last,
    round: round ? Number(round[2]) : null,
    step: null,
    start: Number.POSITIVE_INFINITY,
    end: null,
    failed: false,
    children: [],
  };
}

/** Puts steps below the containers they ran in, each level in the order it began. */
export function buildTree(steps: Iterable<TraceStep>): TreeNode[] {
  const nodes = new Map<string, TreeNode>();
  const roots: TreeNode[] = [];
  const take = (path: string, parent: TreeNode | null): TreeNode => {
    const known = nodes.get(path);
    if (known) return known;
    const made = blank(path);
    nodes.set(path, made);
    (parent?.children ?? roots).push(made);
    return made;
  };
  for (const step of steps) {
    let parent: TreeNode | null = null;
    for (const key of ancestors(step.path)) parent = take(key, parent);
    const node = take(step.path, parent);
    // A step that ran again after a restart has the same path; the later record stands.
    node.step = step;
  }
  for (const root of roots) settle(root);
  sortLevel(roots);
  return roots;
}

function sortLevel(level: TreeNode[]): void {
  // Of two that began at once, the one that ended is before the one that goes on.
  const ended = ({ end }: TreeNode) => end ?? Number.MAX_VALUE;
  level.sort((one, other) => (one.round ?? 0) - (other.round ?? 0) || one.start - other.start || ended(one) - ended(other));
}

/** Fills in spans and failures from below; paths nest no deeper than flows may. */
function settle(node: TreeNode): void {
  let first = Number.POSITIVE_INFINITY;
  let last: number | null = Number.NEGATIVE_INFINITY;
  for (const child of node.children) {
    settle(child);
    first = Math.min(first, child.start);
    last = last === null || child.end === null ? null : Math.max(last, child.end);
    if (child.failed) node.failed = true;
  }
  if (node.children.length > 0) sortLevel(node.children);
  if (node.step) {
    node.start = node.step.start;
    node.end = node.step.end;
    node.failed = node.step.status === 'failed';
  } else {
    node.start = first;
    node.end = node.round === null || last === Number.NEGATIVE_INFINITY ? null : last;
  }
}

/** The rows to show, in order. `isOpen` says which containers and rounds show what is in them. */
export function rowsOf(roots: TreeNode[], isOpen: (node: TreeNode) => boolean): TreeRow[] {
  const rows: TreeRow[] = [];
  const walk = (level: TreeNode[], depth: number) => {
    for (const node of level) {
      const open = node.children.length > 0 && isOpen(node);
      rows.push({ node, depth, open });
      if (open) walk(node.children, depth + 1);
    }
  };
  walk(roots, 0);
  return rows;
}

/** How many rows there would be with everything open. */
export function countNodes(level: TreeNode[]): number {
  return level.reduce((sum, node) => sum + 1 + countNodes(node.children), 0);
}

export function findNode(level: TreeNode[], path: string): TreeNode | null {
  for (const node of level) {
    if (node.path === path) return node;
    const found = path.startsWith(node.path) ? findNode(node.children, path) : null;
    if (found) return found;
  }
  return null;
}
