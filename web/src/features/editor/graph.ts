import { leaveGroups } from './groups';
import { type FlowDoc, type FlowEdge, type FlowNode, type Graph, isContainer, type Point, START } from './model';

/** Roots that templates may name; no node is called like one. */
const RESERVED = new Set([START, 'conversation', 'env', 'run', 'item', 'index', 'loop']);
const EMPTY: Graph = { nodes: [], edges: [] };

/** Every node of a graph and of the bodies in it, outer ones first. */
export function* walk(graph: Graph): Generator<FlowNode> {
  for (const node of graph.nodes) {
    yield node;
    if (node.body) yield* walk(fillIn(node.body));
  }
}

/** A body may leave its lists out. */
export function fillIn(body: Partial<Graph>): Graph {
  return body.nodes && body.edges ? (body as Graph) : { nodes: body.nodes ?? [], edges: body.edges ?? [] };
}

export function findNode(doc: FlowDoc, id: string): FlowNode | null {
  if (id === START) return doc.nodes.find((node) => node.id === START) ?? { id: START, kind: START };
  for (const node of walk(doc)) if (node.id === id) return node;
  return null;
}

/** The containers that lead to a node, outermost first; null when there is no such node. */
export function wayTo(doc: FlowDoc, id: string): string[] | null {
  const look = (graph: Graph, way: string[]): string[] | null => {
    if (graph.nodes.some((node) => node.id === id)) return way;
    for (const node of graph.nodes) {
      const found = node.body ? look(fillIn(node.body), [...way, node.id]) : null;
      if (found) return found;
    }
    return null;
  };
  return id === START ? [] : look(doc, []);
}

/** The flow's own graph, or the body of a container. */
export function graphAt(doc: FlowDoc, container: string | null): Graph {
  if (container === null) return doc;
  return fillIn(findNode(doc, container)?.body ?? EMPTY);
}

function mapNodes(graph: Graph, id: string, change: (node: FlowNode) => FlowNode): FlowNode[] {
  return graph.nodes.map((node) => {
    if (node.id === id) return change(node);
    if (!node.body) return node;
    const body = fillIn(node.body);
    const nodes = mapNodes(body, id, change);
    return nodes.some((inner, at) => inner !== body.nodes[at]) ? { ...node, body: { ...body, nodes } } : node;
  });
}

/** The document with one node changed, wherever it stands. */
export function changeNode(doc: FlowDoc, id: string, change: (node: FlowNode) => FlowNode): FlowDoc {
  return { ...doc, nodes: mapNodes(doc, id, change) };
}

/** The document with one of its graphs changed. */
export function changeGraph(doc: FlowDoc, container: string | null, change: (graph: Graph) => Graph): FlowDoc {
  if (container === null) return { ...doc, ...change({ nodes: doc.nodes, edges: doc.edges }) };
  return changeNode(doc, container, (node) => ({ ...node, body: change(fillIn(node.body ?? EMPTY)) }));
}

/** An id that nothing in the file has: `chat`, `chat2`, `chat3`; never the name of a root. */
export function freshId(taken: ReadonlySet<string>, wanted: string): string {
  const base = wanted.replace(/\d+$/, '') || 'node';
  if (!RESERVED.has(wanted) && !taken.has(wanted)) return wanted;
  for (let number = RESERVED.has(base) ? 1 : 2; ; number += 1) {
    const id = `${base}${number}`;
    if (!taken.has(id)) return id;
  }
}

export const idsOf = (doc: FlowDoc) => new Set([START, ...[...walk(doc)].map((node) => node.id)]);

/** Why a node may not be called so; null when it may. */
export function wrongId(doc: FlowDoc, id: string, now: string): 'shape' | 'reserved' | 'taken' | null {
  if (id === now) return null;
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(id)) return 'shape';
  if (RESERVED.has(id)) return 'reserved';
  return idsOf(doc).has(id) ? 'taken' : null;
}

const same = (one: FlowEdge, other: FlowEdge) =>
  one.from === other.from && one.to === other.to && (one.handle ?? null) === (other.handle ?? null);

/** Whether an edge would close a circle or say what is said already. */
export function mayConnect(graph: Graph, edge: FlowEdge): boolean {
  if (edge.to === START || edge.from === edge.to || graph.edges.some((known) => same(known, edge))) return false;
  const note = (id: string) => graph.nodes.some((node) => node.id === id && node.kind === 'note');
  return !note(edge.from) && !note(edge.to) && !before(graph, edge.from).has(edge.to);
}

/** Every node from which edges lead to `id`, over however many others. */
export const before = (graph: Graph, id: string): Set<string> => along(graph.edges.map(({ from, to }) => [to, from]), id);

/** Every node to which edges lead from `id`, over however many others. */
export const after = (graph: Graph, id: string): Set<string> => along(graph.edges.map(({ from, to }) => [from, to]), id);

function along(steps: [string, string][], id: string): Set<string> {
  const into = new Map<string, string[]>();
  for (const [at, next] of steps) into.set(at, [...(into.get(at) ?? []), next]);
  const found = new Set<string>();
  const open = [id];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const next of into.get(at) ?? []) {
      if (found.has(next)) continue;
      found.add(next);
      open.push(next);
    }
  }
  return found;
}

const edgeOf = (edge: FlowEdge): FlowEdge => (edge.handle ? edge : { from: edge.from, to: edge.to });

export function connect(doc: FlowDoc, container: string | null, edge: FlowEdge): FlowDoc {
  if (!mayConnect(graphAt(doc, container), edge)) return doc;
  return changeGraph(doc, container, (graph) => ({ ...graph, edges: [...graph.edges, edgeOf(edge)] }));
}

export function disconnect(doc: FlowDoc, container: string | null, gone: FlowEdge[]): FlowDoc {
  return changeGraph(doc, container, (graph) => ({
    ...graph,
    edges: graph.edges.filter((edge) => !gone.some((one) => same(one, edge))),
  }));
}

/** A new node at a place, after another one when `from` says so. */
export function addNode(
  doc: FlowDoc,
  container: string | null,
  node: FlowNode,
  at: Point,
  from?: { node: string; handle: string | null } | null,
): FlowDoc {
  const added = changeGraph(doc, container, (graph) => ({ ...graph, nodes: [...graph.nodes, node] }));
  const placed = { ...added, layout: { ...added.layout, [node.id]: at } };
  return from ? connect(placed, container, { from: from.node, to: node.id, handle: from.handle }) : placed;
}

export function moveNodes(doc: FlowDoc, places: Record<string, Point>): FlowDoc {
  return { ...doc, layout: { ...doc.layout, ...places } };
}

/** Takes nodes away, with their edges, their bodies and their places. What stood between is not joined. */
export function removeNodes(doc: FlowDoc, container: string | null, ids: string[]): FlowDoc {
  const gone = new Set(ids.filter((id) => id !== START));
  const lost = new Set<string>();
  for (const node of graphAt(doc, container).nodes) {
    if (gone.has(node.id)) for (const inner of walk({ nodes: [node], edges: [] })) lost.add(inner.id);
  }
  const cleared = changeGraph(doc, container, (graph) => ({
    nodes: graph.nodes.filter((node) => !gone.has(node.id)),
    edges: graph.edges.filter((edge) => !gone.has(edge.from) && !gone.has(edge.to)),
  }));
  if (!doc.layout) return leaveGroups(cleared, lost);
  return { ...leaveGroups(cleared, lost), layout: Object.fromEntries(Object.entries(doc.layout).filter(([id]) => !lost.has(id))) };
}

/** A way out of a node. `handle` is null where there is one only. */
export interface Outlet {
  handle: string | null;
  error: boolean;
}

const named = (list: unknown, key: string): string[] =>
  (Array.isArray(list) ? list : [])
    .map((one: unknown) => (typeof one === 'object' && one !== null ? (one as Record<string, unknown>)[key] : one))
    .filter((name): name is string => typeof name === 'string' && name !== '');

/** The ways that a node's kind and settings choose among; none when there is one way only. */
function choices({ kind, settings = {} }: FlowNode): string[] {
  if (kind === 'branch') return [...named(settings.cases, 'handle'), 'else'];
  if (kind === 'classify') return [...named(settings.labels, 'name'), 'other'];
  if (kind === 'human') {
    const buttons = Array.isArray(settings.buttons) ? named(settings.buttons, '') : ['approve', 'reject'];
    return settings.deadline ? [...buttons, 'timeout'] : buttons;
  }
  return [];
}

/** The ways out of a node, in the order they are drawn. */
export function outletsOf(node: FlowNode): Outlet[] {
  if (node.kind === 'note' || node.kind === 'break') return [];
  const chosen: Outlet[] = [...new Set(choices(node))].map((handle) => ({ handle, error: false }));
  const ways: Outlet[] = chosen.length > 0 ? chosen : [{ handle: null, error: false }];
  return node.on_error?.then === 'branch' ? [...ways, { handle: 'error', error: true }] : ways;
}

export const hasInlet = (node: FlowNode) => node.id !== START && node.kind !== 'note';
export { isContainer };
