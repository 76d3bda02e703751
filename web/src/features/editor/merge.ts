import type { FlowDoc, FlowEdge, FlowNode, Graph } from './model';
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

/** One field that both changed, and changed differently. */
export interface Clash {
  /** Tells it from others: where it stands, and its name. */
  key: string;
  /** What it belongs to: the id of a node, or the name of an input; null for the flow itself. */
  of: string | null;
  /** Such as `settings.text`; empty when one deleted what the other changed. */
  field: string;
  /** Undefined where it was taken away. */
  mine: unknown;
  theirs: unknown;
}

interface Merging {
  clashes: Clash[];
  /** Keys of the clashes in which theirs is wanted. */
  theirs: ReadonlySet<string>;
}

/** What a value belongs to, and its name in there. */
type Where = [of: string | null, field: string];

function mergeValue(base: unknown, mine: unknown, theirs: unknown, [of, field]: Where, merging: Merging): unknown {
  if (equal(mine, theirs) || equal(base, mine)) return theirs;
  if (equal(base, theirs)) return mine;
  const key = `${of ?? ''} ${field}`.trim();
  merging.clashes.push({ key, of, field, mine, theirs });
  return merging.theirs.has(key) ? theirs : mine;
}

const isPart = (value: unknown): value is Part => typeof value === 'object' && value !== null && !Array.isArray(value);
/** Settings that hold values by names of one's own; other objects are one thing with parts that depend on each other. */
const BY_NAME = new Set(['settings', 'values', 'headers', 'query', 'inputs', 'outputs', 'variables', 'next', 'arguments', 'extra']);

/** Whether items stand where they stood, so that the same place is the same item. */
function inPlace(base: unknown[], now: unknown[]): boolean {
  return now.length === base.length && !now.some((item, at) => !equal(item, base[at]) && base.some((other, place) => place !== at && equal(item, other)));
}

/** A setting: objects by name and lists of objects are merged part by part, everything else as a whole. */
function mergeSetting(name: string, base: unknown, mine: unknown, theirs: unknown, [of, field]: Where, merging: Merging): unknown {
  if (BY_NAME.has(name) && isPart(base) && isPart(mine) && isPart(theirs)) return mergeRecord(base, mine, theirs, [of, field], merging);
  const lists = Array.isArray(base) && Array.isArray(mine) && Array.isArray(theirs) && inPlace(base, mine) && inPlace(base, theirs);
  if (!lists || ![...base, ...mine, ...theirs].every(isPart)) return mergeValue(base, mine, theirs, [of, field], merging);
  return mine.map((item: Part, at) => mergeRecord(base[at] as Part, item, theirs[at] as Part, [of, `${field}[${at}]`], merging));
}

function mergeRecord(base: Part, mine: Part, theirs: Part, [of, field]: Where, merging: Merging, skip: readonly string[] = []): Part {
  const merged: Part = {};
  for (const name of new Set([...Object.keys(theirs), ...Object.keys(mine)])) {
    if (skip.includes(name)) continue;
    const value = mergeSetting(name, base[name], mine[name], theirs[name], [of, field ? `${field}.${name}` : name], merging);
    if (value !== undefined) merged[name] = value;
  }
  return merged;
}

/** How a part is merged that all three have. */
type MergeOne<T> = (base: T, mine: T, theirs: T) => T;

/** Parts that have a name; order is theirs, and what I added comes last. */
function mergeParts<T>(base: T[], mine: T[], theirs: T[], name: (part: T) => string, where: (name: string) => string, merging: Merging, one?: MergeOne<T>): T[] {
  const byName = (parts: T[]) => new Map(parts.map((part) => [name(part), part]));
  const [before, own, others] = [byName(base), byName(mine), byName(theirs)];
  const merged: T[] = [];
  for (const id of new Set([...others.keys(), ...own.keys()])) {
    const [was, held, other] = [before.get(id), own.get(id), others.get(id)];
    const all = one && was !== undefined && held !== undefined && other !== undefined;
    const part = all ? one(was, held, other) : mergeValue(was, held, other, [where(id), ''], merging);
    if (part !== undefined) merged.push(part as T);
  }
  return merged;
}

const idOf = ({ id }: { id: string }) => id;
const nameOf = ({ name }: { name: string }) => name;
const asPart = (value: object) => value as Part;
const EMPTY = { nodes: [], edges: [] };

function mergeNode(base: FlowNode, mine: FlowNode, theirs: FlowNode, merging: Merging): FlowNode {
  if (mine.kind !== theirs.kind) return mergeValue(base, mine, theirs, [base.id, ''], merging) as FlowNode;
  const lone = { settings: {} };
  const merged = mergeRecord({ ...lone, ...base }, { ...lone, ...mine }, { ...lone, ...theirs }, [base.id, ''], merging, ['body']) as unknown as FlowNode;
  if (!mine.settings && !theirs.settings) delete merged.settings;
  if (mine.body || theirs.body) merged.body = mergeGraph({ ...EMPTY, ...base.body }, { ...EMPTY, ...mine.body }, { ...EMPTY, ...theirs.body }, base.id, merging);
  return merged;
}

function mergeGraph(base: Graph, mine: Graph, theirs: Graph, container: string | null, merging: Merging): Graph {
  const nodes = mergeParts(base.nodes, mine.nodes, theirs.nodes, idOf, (id) => id, merging, (...three) => mergeNode(...three, merging));
  const there = new Set(nodes.map(idOf));
  if (container === null) there.add('start');
  // An edge is there or not: nobody can have changed it otherwise. One to what the other deleted goes with it.
  const edges = mergeParts<FlowEdge>(base.edges, mine.edges, theirs.edges, edgeKey, (key) => key, merging);
  return { nodes, edges: edges.filter((edge) => there.has(edge.from) && there.has(edge.to)) };
}

const LISTS = ['inputs', 'outputs', 'environment', 'variables'] as const;
const APART = ['nodes', 'edges', 'layout', 'groups', ...LISTS];

/**
 * What both people want, when they began from `base`: fields that only one changed are as that one
 * has them. `clashes` says which both changed; these are mine, unless their keys are among `wanted`.
 * Places, and how boxes are grouped, are nobody's quarrel.
 */
export function mergeDocuments(base: FlowDoc, mine: FlowDoc, theirs: FlowDoc, wanted: ReadonlySet<string> = new Set()): { doc: FlowDoc; clashes: Clash[] } {
  const merging: Merging = { clashes: [], theirs: wanted };
  const merged: Part = { ...mergeRecord(asPart(base), asPart(mine), asPart(theirs), [null, ''], merging, APART), ...mergeGraph(base, mine, theirs, null, merging) };
  for (const list of LISTS) {
    const one: MergeOne<{ name: string }> = (was, held, other) => mergeRecord(asPart(was), asPart(held), asPart(other), [`${list} ${was.name}`, ''], merging) as { name: string };
    const parts = mergeParts<{ name: string }>(base[list] ?? [], mine[list] ?? [], theirs[list] ?? [], nameOf, (name) => `${list} ${name}`, merging, one);
    if (parts.length > 0 || theirs[list]) merged[list] = parts;
  }
  const groups = mergeParts(base.groups ?? [], mine.groups ?? [], theirs.groups ?? [], idOf, (id) => id, { clashes: [], theirs: new Set() });
  if (groups.length > 0 || theirs.groups) merged.groups = groups;
  merged.layout = { ...theirs.layout, ...changedPlaces(base, mine) };
  return { doc: merged as unknown as FlowDoc, clashes: merging.clashes };
}

function changedPlaces(base: FlowDoc, mine: FlowDoc) {
  const places = Object.entries(mine.layout ?? {});
  return Object.fromEntries(places.filter(([id, place]) => !equal(place, base.layout?.[id])));
}
