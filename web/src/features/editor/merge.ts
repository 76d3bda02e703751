import type { FlowDoc, FlowEdge, Graph } from './model';
import { edgeKey } from './keys';

type Part = Record<string, unknown>;
export const equal = (one: unknown, other: unknown) => one === other || JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));

/** The same value with the keys of its objects in one order: two servers may write them in another. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]));
}

export const sameDocument = (one: FlowDoc, other: FlowDoc) => equal(one, other);

/** What both changed, and changed differently, by name. */
type Clash = (what: string) => void;

function mergeValue(base: unknown, mine: unknown, theirs: unknown, what: string, clash: Clash): unknown {
  if (equal(mine, theirs) || equal(base, mine)) return theirs;
  if (!equal(base, theirs)) clash(what);
  return mine;
}

/** Parts that have a name, each merged as a whole; order is theirs, and what I added comes last. */
function mergeParts<T>(base: T[], mine: T[], theirs: T[], name: (part: T) => string, what: string, clash: Clash): T[] {
  const byName = (parts: T[]) => new Map(parts.map((part) => [name(part), part]));
  const [before, own, others] = [byName(base), byName(mine), byName(theirs)];
  const names = new Set([...others.keys(), ...own.keys()]);
  const merged: T[] = [];
  for (const one of names) {
    const part = mergeValue(before.get(one), own.get(one), others.get(one), `${what} ${one}`.trim(), clash);
    if (part !== undefined) merged.push(part as T);
  }
  return merged;
}

const idOf = ({ id }: { id: string }) => id;
const nameOf = ({ name }: { name: string }) => name;

function mergeGraph(base: Graph, mine: Graph, theirs: Graph, clash: Clash): Graph {
  const nodes = mergeParts(base.nodes, mine.nodes, theirs.nodes, idOf, '', clash);
  const there = new Set(nodes.map(idOf)).add('start');
  const edges = mergeParts<FlowEdge>(base.edges, mine.edges, theirs.edges, edgeKey, '', clash);
  // An edge to what the other one deleted goes with it.
  return { nodes, edges: edges.filter((edge) => there.has(edge.from) && there.has(edge.to)) };
}

/**
 * What both people want, when they began from `base`: parts that only one changed are as that one
 * has them. `clashes` names what both changed; these parts are mine. Places are nobody's quarrel.
 */
export function mergeDocuments(base: FlowDoc, mine: FlowDoc, theirs: FlowDoc): { doc: FlowDoc; clashes: string[] } {
  const clashes: string[] = [];
  const clash: Clash = (what) => clashes.push(what);
  const merged: Part = { ...theirs, ...mergeGraph(base, mine, theirs, clash) };
  for (const list of ['inputs', 'outputs', 'environment', 'variables'] as const) {
    const parts = mergeParts(base[list] ?? [], mine[list] ?? [], theirs[list] ?? [], nameOf, list, clash);
    if (parts.length > 0 || theirs[list]) merged[list] = parts;
  }
  // How boxes are grouped is nobody's quarrel, either.
  const groups = mergeParts(base.groups ?? [], mine.groups ?? [], theirs.groups ?? [], idOf, '', () => {});
  if (groups.length > 0 || theirs.groups) merged.groups = groups;
  const others = new Set([...Object.keys(mine), ...Object.keys(theirs)]);
  for (const key of ['nodes', 'edges', 'layout', 'inputs', 'outputs', 'environment', 'variables', 'groups']) others.delete(key);
  for (const key of others) {
    const at = (doc: FlowDoc) => (doc as unknown as Part)[key];
    const value = mergeValue(at(base), at(mine), at(theirs), key, clash);
    if (value === undefined) delete merged[key];
    else merged[key] = value;
  }
  merged.layout = { ...theirs.layout, ...changedPlaces(base, mine) };
  return { doc: merged as unknown as FlowDoc, clashes };
}

function changedPlaces(base: FlowDoc, mine: FlowDoc) {
  const places = Object.entries(mine.layout ?? {});
  return Object.fromEntries(places.filter(([id, place]) => !equal(place, base.layout?.[id])));
}
