import { outletsOf, walk } from './graph';
import { type FlowDoc, type FlowNode, type Graph, type Group, isContainer, type Point, START } from './model';

export const WIDTH = 240;
const HEAD = 56;
const OUTLET = 26;
const FOOT = 30;
const NOTE = 96;
export const GAP = 40;
const GRID = 8;

/** Height of a box, as the canvas draws it. */
export function heightOf(node: FlowNode): number {
  if (node.kind === 'note') return NOTE;
  const ways = outletsOf(node);
  const listed = ways.length === 1 && ways[0]?.handle === null ? 0 : ways.length;
  return HEAD + listed * OUTLET + (listed > 0 ? 6 : 0) + (isContainer(node.kind) ? FOOT : 0);
}

export const snap = (value: number) => Math.round(value / GRID) * GRID;

/** The box that every flow begins with, where its file does not list it. */
export const START_NODE: FlowNode = { id: START, kind: START };

/** Every node of a graph with its box, the one a flow begins with included. */
export function boxes(graph: Graph, withStart: boolean): FlowNode[] {
  if (!withStart || graph.nodes.some((node) => node.id === START)) return graph.nodes;
  return [START_NODE, ...graph.nodes];
}

/** Places for every box of a graph at once. */
export type Arrange = (graph: Graph, withStart: boolean, groups?: readonly Group[]) => Record<string, Point>;

let arrange: Arrange | null = null;

/** Brings the part that lays out graphs; a flow that has its places is shown without it. */
export async function loadArrange(): Promise<Arrange> {
  arrange ??= (await import('./arrange')).arrange;
  return arrange;
}

/** Whether every node of a file, bodies included, says where it stands. */
export const isPlaced = (doc: FlowDoc) => [START_NODE, ...walk(doc)].every(({ id }) => doc.layout?.[id]);

/** Where the boxes of a graph stand: as the file says, and for those it says nothing of, where there is room. */
export function placesOf(doc: FlowDoc, graph: Graph, withStart: boolean): Record<string, Point> {
  const all = boxes(graph, withStart);
  const layout = doc.layout ?? {};
  const missing = all.filter((node) => !layout[node.id]);
  if (missing.length === 0) return Object.fromEntries(all.map((node) => [node.id, layout[node.id] as Point]));
  const arranged = arrange?.(graph, withStart, doc.groups) ?? {};
  if (arrange && missing.length === all.length) return arranged;
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
