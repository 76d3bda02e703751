import { graphlib, layout } from '@dagrejs/dagre';
import { type Arrange, boxes, GAP, heightOf, snap, WIDTH } from './layout';
import type { Point } from './model';

/** Places for every box of a graph, from left to right along the edges; notes below. */
export const arrange: Arrange = (graph, withStart, groups = []) => {
  const plan = new graphlib.Graph({ compound: true });
  plan.setGraph({ rankdir: 'LR', nodesep: 32, ranksep: 72, marginx: 0, marginy: 0 });
  plan.setDefaultEdgeLabel(() => ({}));
  const all = boxes(graph, withStart);
  const notes = all.filter((node) => node.kind === 'note');
  const known = new Set<string>();
  for (const node of all) {
    if (node.kind === 'note') continue;
    known.add(node.id);
    plan.setNode(node.id, { width: WIDTH, height: heightOf(node) });
  }
  for (const { from, to } of graph.edges) if (known.has(from) && known.has(to)) plan.setEdge(from, to);
  // The boxes of a group stay together; a box is in the first group that names it.
  for (const { id, nodes } of groups) {
    const frame = `group:${id}`;
    for (const node of nodes) {
      if (!known.has(node) || plan.parent(node)) continue;
      if (!plan.hasNode(frame)) plan.setNode(frame, {});
      plan.setParent(node, frame);
    }
  }
  layout(plan);
  const places: Record<string, Point> = {};
  let bottom = 0;
  for (const id of known) {
    const box = plan.node(id);
    places[id] = [snap(box.x - box.width / 2), snap(box.y - box.height / 2)];
    bottom = Math.max(bottom, box.y + box.height / 2);
  }
  for (const [at, node] of notes.entries()) places[node.id] = [at * (WIDTH + GAP), snap(bottom + GAP)];
  return places;
};
