import { GAP, heightOf, snap, WIDTH } from './layout';
import type { FlowNode, Point } from './model';

export type Alignment = 'left' | 'top' | 'across' | 'down';
type Places = Record<string, Point>;

/** Places in a row or a column, in the order in which the boxes stand, with the same gap between any two. */
function spread(nodes: FlowNode[], places: Places, side: 0 | 1): Places {
  const at = (node: FlowNode) => places[node.id] ?? [0, 0];
  const size = (node: FlowNode) => (side === 0 ? WIDTH : heightOf(node));
  const ordered = nodes.toSorted((one, other) => at(one)[side] - at(other)[side]);
  const [first, last] = [ordered[0], ordered.at(-1)];
  if (!first || !last) return {};
  const room = at(last)[side] + size(last) - at(first)[side];
  const filled = ordered.reduce((sum, node) => sum + size(node), 0);
  // Boxes that stand over each other are drawn apart.
  const gap = Math.max(GAP / 2, (room - filled) / Math.max(1, ordered.length - 1));
  let next = at(first)[side];
  const result: Places = {};
  for (const node of ordered) {
    const [x, y] = at(node);
    result[node.id] = side === 0 ? [snap(next), y] : [x, snap(next)];
    next += size(node) + gap;
  }
  return result;
}

/** Where boxes stand once they are in line, or evenly apart. */
export function aligned(nodes: FlowNode[], places: Places, how: Alignment): Places {
  if (how === 'across') return spread(nodes, places, 0);
  if (how === 'down') return spread(nodes, places, 1);
  const side = how === 'left' ? 0 : 1;
  const edge = Math.min(...nodes.map(({ id }) => places[id]?.[side] ?? 0));
  return Object.fromEntries(
    nodes.map(({ id }) => {
      const [x, y] = places[id] ?? [0, 0];
      return [id, side === 0 ? [edge, y] : [x, edge]] as const;
    }),
  ) as Places;
}
