import { graphlib, layout as layOut } from '@dagrejs/dagre';
import { outletsOf } from './graph';
import { type FlowDoc, type FlowNode, type Graph, isContainer, type Point, START } from './model';

export const WIDTH = 240;
const HEAD = 56;
const OUTLET = 26;
const FOOT = 30;
const NOTE = 96;
const GAP = 40;
const GRID = 8;

/** Height of a box, as the canvas draws it. */
export function heightOf(node: FlowNode): number {
  if (node.kind === 'note') return NOTE;
  const ways = outletsOf(node);
  const listed = ways.length === 1 && ways[0]?.handle === null ? 0 : ways.length;
  return HEAD + listed * OUTLET + (listed > 0 ? 6 : 0) + (isContainer(node.kind) ? FOOT : 0);
}

const snap = (value: number) => Math.round(value / GRID) * GRID;

/** The box that every flow begins with, where its file does not list it. */
export const START_NODE: FlowNode = { id: START, kind: START };

/** Every node of a graph with its box, the one a flow begins with included. */
export function boxes(graph: Graph, withStart: boolean): FlowNode[] {
  if (!withStart || graph.nodes.some((node) => node.id === START)) return graph.nodes;
  return [START_NODE, ...graph.nodes];
}

/** Places for every box of a graph, from left to right along the edges; notes below. */
export function arrange(graph: Graph, withStart: boolean): Record<string, Point> {
  const plan = new graphlib.Graph();
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
  layOut(plan);
  const places: Record<string, Point> = {};
  let bottom = 0;
  for (const id of known) {
    const box = plan.node(id);
    places[id] = [snap(box.x - box.width / 2), snap(box.y - box.height / 2)];
    bottom = Math.max(bottom, box.y + box.height / 2);
  }
  for (const [at, node] of notes.entries()) places[node.id] = [at * (WIDTH + GAP), snap(bottom + GAP)];
  return places;
}

/** Where the boxes of a graph stand: as the file says, and for those it says nothing of, where there is room. */
export function placesOf(doc: FlowDoc, graph: Graph, withStart: boolean): Record<string, Point> {
  const all = boxes(graph, withStart);
  const layout = doc.layout ?? {};
  const missing = all.filter((node) => !layout[node.id]);
  if (missing.length === 0) return Object.fromEntries(all.map((node) => [node.id, layout[node.id] as Point]));
  const arranged = arrange(graph, withStart);
  if (missing.length === all.length) return arranged;
  // Those that have a place stay there; the others keep their place beside what leads to them.
  const places: Record<string, Point> = {};
  for (const node of all) {
    const known = layout[node.id];
    if (known) places[node.id] = known;
  }
  for (const node of missing) {
    const from = graph.edges.find((edge) => edge.to === node.id && places[edge.from])?.from;
    const anchor = from ? places[from] : undefined;
    places[node.id] = freePlace(places, anchor ? [anchor[0] + WIDTH + 72, anchor[1]] : (arranged[node.id] ?? [0, 0]));
  }
  return places;
}

/** The first place at or below `wanted` where no box stands. */
export function freePlace(places: Record<string, Point>, wanted: Point): Point {
  let [x, y] = [snap(wanted[0]), snap(wanted[1])];
  const taken = () => Object.values(places).some(([left, top]) => Math.abs(left - x) < WIDTH && Math.abs(top - y) < HEAD + 32);
  while (taken()) y += HEAD + GAP;
  return [x, y];
}
