import { ancestors, type TraceStep, type TreeNode } from './tree';

/** What a step is found by. */
function words({ path, step }: TreeNode): string {
  return `${path} ${step?.kind ?? ''} ${step?.record?.model ?? ''} ${step?.record?.error?.message ?? ''}`.toLowerCase();
}

/** The part of a tree that has a text, with what it lies in. What lies in a step that fits is not shown for that alone. */
export function matching(level: TreeNode[], text: string): TreeNode[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return level;
  const kept: TreeNode[] = [];
  for (const node of level) {
    const children = matching(node.children, wanted);
    // The path of a step names all that it lies in; only its own name counts.
    const own = node.path.slice(node.path.lastIndexOf('/') + 1);
    const fits = words({ ...node, path: own }).includes(wanted) || node.path.toLowerCase() === wanted;
    if (fits || children.length > 0) kept.push({ ...node, children });
  }
  return kept;
}

/** How many steps a found part of a tree has that are no more than the way to others. */
export function countSteps(level: TreeNode[]): number {
  return level.reduce((sum, node) => sum + (node.children.length > 0 ? countSteps(node.children) : 1), 0);
}

/** Where steps failed, in the order of the tree: not the containers that only passed it on. */
export function failedPaths(level: TreeNode[]): string[] {
  const found: string[] = [];
  for (const node of level) {
    const within = failedPaths(node.children);
    found.push(...within);
    if (within.length === 0 && node.step?.status === 'failed') found.push(node.path);
  }
  return found;
}

/** The step that a run failed for: the one whose words the run repeats, the innermost of the last that failed otherwise. */
export function blamed(steps: readonly TraceStep[], message: string): TraceStep | null {
  const said = (step: TraceStep) => {
    const own = step.record?.error?.message;
    return own !== undefined && own !== '' && message.includes(own) ? 1 : 0;
  };
  const failed = steps.filter(({ status }) => status === 'failed');
  const depth = ({ path }: TraceStep) => ancestors(path).length;
  return failed.toSorted((one, other) => said(other) - said(one) || depth(other) - depth(one) || other.start - one.start)[0] ?? null;
}
