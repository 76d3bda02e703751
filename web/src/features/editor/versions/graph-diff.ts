import { fillIn, walk } from '../graph';
import { type Grouped, groupsOf } from '../groups';
import { edgeKey } from '../keys';
import { boxes, isPlaced, loadArrange } from '../layout';
import { equal } from '../merge';
import { type FlowDoc, type FlowEdge, type FlowNode, type Graph, isContainer, type Point } from '../model';

export type Change = 'same' | 'changed' | 'added' | 'removed';

export interface DiffNode {
  node: FlowNode;
  change: Change;
}

export interface DiffEdge {
  edge: FlowEdge;
  change: 'same' | 'added' | 'removed';
}

/** A frame with the boxes it is drawn around. */
export type DiffGroup = Grouped & { change: Change };

/** Both states of one graph in one: everything that is in either, and what became of it. */
export interface GraphDiff {
  nodes: DiffNode[];
  edges: DiffEdge[];
}

const byId = (graph: Graph) => new Map(graph.nodes.map((node) => [node.id, node]));

/** Lays one graph over another; what was removed comes last. */
export function diffGraphs(before: Graph, after: Graph): GraphDiff {
  const [old, now] = [byId(before), byId(after)];
  const nodes: DiffNode[] = after.nodes.map((node) => {
    const was = old.get(node.id);
    return { node, change: !was ? 'added' : equal(was, node) ? 'same' : 'changed' };
  });
  for (const node of before.nodes) if (!now.has(node.id)) nodes.push({ node, change: 'removed' });
  const [oldEdges, nowEdges] = [new Set(before.edges.map(edgeKey)), new Set(after.edges.map(edgeKey))];
  const edges: DiffEdge[] = after.edges.map((edge) => ({ edge, change: oldEdges.has(edgeKey(edge)) ? 'same' : 'added' }));
  for (const edge of before.edges) if (!nowEdges.has(edgeKey(edge))) edges.push({ edge, change: 'removed' });
  return { nodes, edges };
}

/** The frames of both states around what either graph has; whether one is folded is no change. */
export function diffGroups(before: FlowDoc, after: FlowDoc, { nodes }: GraphDiff): DiffGroup[] {
  const shown = nodes.map(({ node }) => node);
  const essence = ({ group, members }: Grouped) => ({ title: group.title ?? '', colour: group.colour ?? '', members });
  const [old, now] = [groupsOf(before, shown), groupsOf(after, shown)];
  const of = ({ group, members }: Grouped, change: Change): DiffGroup => ({ group, members, change });
  const found = now.map((grouped) => {
    const was = old.find(({ group }) => group.id === grouped.group.id);
    return of(grouped, !was ? 'added' : equal(essence(was), essence(grouped)) ? 'same' : 'changed');
  });
  const gone = old.filter(({ group }) => !now.some((grouped) => grouped.group.id === group.id));
  return [...found, ...gone.map((grouped) => of(grouped, 'removed'))];
}

/** A flow's own graph, or the body of a container; empty where there is no such container. */
export function graphOf(doc: FlowDoc, container: string | null): Graph {
  if (container === null) return doc;
  for (const node of walk(doc)) if (node.id === container) return fillIn(node.body ?? {});
  return { nodes: [], edges: [] };
}

/** The containers of both states, in the order of the file. */
export function containersOf(before: FlowDoc, after: FlowDoc): string[] {
  const ids = [...walk(after), ...walk(before)].filter(({ kind }) => isContainer(kind)).map(({ id }) => id);
  return [...new Set(ids)];
}

/** Where the boxes of both states stand: as the later one says, else as the earlier one does, else in order. */
export async function placesOfBoth(before: FlowDoc, after: FlowDoc, diff: GraphDiff, withStart: boolean): Promise<Record<string, Point>> {
  const graph: Graph = { nodes: diff.nodes.map(({ node }) => node), edges: diff.edges.map(({ edge }) => edge) };
  const known = { ...before.layout, ...after.layout };
  const all = boxes(graph, withStart);
  if (isPlaced(after) && all.every(({ id }) => known[id])) return Object.fromEntries(all.map(({ id }) => [id, known[id] as Point]));
  // Edges of both states together may run in a circle, which the layout unties.
  return (await loadArrange())(graph, withStart);
}

/** The two states that an address names: revisions' numbers, or `draft`. */
export function statesIn(pair: string): [string, string] | null {
  const found = /^(\d+|draft)\.\.(\d+|draft)$/.exec(pair);
  return found?.[1] && found[2] ? [found[1], found[2]] : null;
}
