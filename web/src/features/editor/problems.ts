import { type Problem, START } from './model';

/** Nodes that were just added, with those of their settings that somebody changed since. */
export type Fresh = ReadonlyMap<string, ReadonlySet<string>>;

/** Whether a problem is that somebody has not come to a setting of a new node yet. */
export function isYetToCome(fresh: Fresh, { node, field }: Problem): boolean {
  const touched = fresh.get(node ?? START);
  return touched !== undefined && !touched.has((field ?? '').split(/[.[]/)[0] ?? '');
}

/** How a node is marked: not at all, as one to be filled in, or as one that is wrong. */
export function stateOf({ problems, fresh }: { problems: readonly Problem[]; fresh: Fresh }, id: string): 'wrong' | 'unfinished' | null {
  const own = problems.filter((problem) => (problem.node ?? START) === id);
  if (own.length === 0) return null;
  return own.every((problem) => isYetToCome(fresh, problem)) ? 'unfinished' : 'wrong';
}

/** The settings that differ between two states of a node. */
export function changedKeys(before: Record<string, unknown>, after: Record<string, unknown>): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => before[key] !== after[key]);
}
