import { addNode, after, connect, disconnect, graphAt, outletsOf } from './graph';
import { WIDTH } from './layout';
import type { FlowDoc, FlowEdge, FlowNode, Point } from './model';

const APART = 72;

/** Puts a node into an edge: it comes after what the edge came from, and leads to where that led. */
export function insertNode(doc: FlowDoc, container: string | null, node: FlowNode, edge: FlowEdge, places: Record<string, Point>): FlowDoc {
  const graph = graphAt(doc, container);
  const [from, to]: [Point, Point] = [places[edge.from] ?? [0, 0], places[edge.to] ?? [0, 0]];
  const place: Point = [from[0] + WIDTH + APART, to[1]];
  const missing = place[0] + WIDTH + APART - to[0];
  const layout = { ...doc.layout, ...places };
  // What follows moves on where there is no room between the two.
  if (missing > 0 && to[0] >= from[0]) {
    for (const id of new Set([edge.to, ...after(graph, edge.to)])) {
      const at = layout[id];
      if (at && at[0] >= to[0]) layout[id] = [at[0] + missing, at[1]];
    }
  }
  const cut = disconnect({ ...doc, layout }, container, [edge]);
  const added = addNode(cut, container, node, place, { node: edge.from, handle: edge.handle ?? null });
  const way = outletsOf(node)[0];
  return way ? connect(added, container, { from: node.id, to: edge.to, handle: way.handle }) : added;
}
