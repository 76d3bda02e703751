import { changeGraph, changeNode, fillIn, findNode, freshId, graphAt, idsOf, walk, wayTo } from './graph';
import { freshGroupId } from './groups';
import type { FlowDoc, FlowNode, Graph, Group, Point } from './model';

/** A text with the node `from` called `to` wherever a template names it. */
export function renameInText(text: string, names: ReadonlyMap<string, string>): string {
  if (!text.includes('{{') && !text.includes('{%')) return text;
  return text.replace(/\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g, (block) =>
    // A name is what follows neither a dot nor another letter, outside of quotes.
    block.replace(/'[^']*'|"[^"]*"|(?<![\w.-])[A-Za-z0-9_][\w-]*/g, (word) => names.get(word) ?? word),
  );
}

/** Any value with the texts in it renamed; the same value where nothing changes. */
function renameIn<T>(value: T, names: ReadonlyMap<string, string>): T {
  if (typeof value === 'string') return renameInText(value, names) as T;
  if (Array.isArray(value)) {
    const list = value.map((item) => renameIn(item, names));
    return (list.some((item, at) => item !== value[at]) ? list : value) as T;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, renameIn(inner, names)] as const);
  return entries.some(([key, inner]) => inner !== (value as Record<string, unknown>)[key])
    ? (Object.fromEntries(entries) as T)
    : value;
}

function renameNodes(graph: Graph, names: ReadonlyMap<string, string>): Graph {
  const name = (id: string) => names.get(id) ?? id;
  return {
    nodes: graph.nodes.map((node) => {
      const renamed = renameReferences(node, names);
      const id = name(node.id);
      const body = node.body ? renameNodes(fillIn(node.body), names) : node.body;
      return id === node.id && body === node.body && renamed === node ? node : { ...renamed, id, ...(body ? { body } : {}) };
    }),
    edges: graph.edges.map((edge) => ({ ...edge, from: name(edge.from), to: name(edge.to) })),
  };
}

function renameReferences(node: FlowNode, names: ReadonlyMap<string, string>): FlowNode {
  const settings = renameIn(node.settings, names);
  const onError = renameIn(node.on_error, names);
  return settings === node.settings && onError === node.on_error ? node : { ...node, settings, on_error: onError };
}

/** Calls a node something else, with its edges, its place and every template that names it. */
export function renameNode(doc: FlowDoc, from: string, to: string): FlowDoc {
  const renamed: FlowDoc = { ...doc, ...renameNodes(doc, new Map([[from, to]])) };
  if (doc.groups) renamed.groups = doc.groups.map((group) => (group.nodes.includes(from) ? { ...group, nodes: group.nodes.map((id) => (id === from ? to : id)) } : group));
  const place = doc.layout?.[from];
  if (!place) return renamed;
  const { [from]: _, ...others } = doc.layout ?? {};
  return { ...renamed, layout: { ...others, [to]: place } };
}

/** Nodes on their way to another place: what was copied, with the edges between and the places. */
export interface Clip extends Graph {
  headwater_nodes: 1;
  layout: Record<string, Point>;
  /** Those whose boxes were all copied. */
  groups?: Group[];
}

export function copyNodes(doc: FlowDoc, container: string | null, ids: string[]): Clip | null {
  const graph = graphAt(doc, container);
  const nodes = graph.nodes.filter((node) => ids.includes(node.id));
  if (nodes.length === 0) return null;
  const taken = new Set(nodes.map((node) => node.id));
  const all = new Set([...walk({ nodes, edges: [] })].map((node) => node.id));
  // What names no box any more is no box that stays behind.
  const there = idsOf(doc);
  const groups = doc.groups?.filter((group) => group.nodes.some((id) => all.has(id)) && group.nodes.every((id) => all.has(id) || !there.has(id))) ?? [];
  return {
    headwater_nodes: 1,
    nodes,
    edges: graph.edges.filter((edge) => taken.has(edge.from) && taken.has(edge.to)),
    layout: Object.fromEntries(Object.entries(doc.layout ?? {}).filter(([id]) => all.has(id))),
    ...(groups.length > 0 ? { groups } : {}),
  };
}

const readGroups = (groups: unknown): Group[] =>
  (Array.isArray(groups) ? groups : []).filter((group: Partial<Group> | null): group is Group => typeof group?.id === 'string' && Array.isArray(group.nodes));

/** What the clipboard holds, when it holds nodes. */
export function readClip(text: string): Clip | null {
  try {
    const value = JSON.parse(text) as Partial<Clip> | null;
    if (value?.headwater_nodes !== 1 || !Array.isArray(value.nodes) || !Array.isArray(value.edges)) return null;
    const whole = value.nodes.every((node) => typeof node?.id === 'string' && typeof node.kind === 'string');
    return whole ? ({ ...value, layout: value.layout ?? {}, groups: readGroups(value.groups) } as Clip) : null;
  } catch {
    return null;
  }
}

/** Puts copied nodes into a graph under new ids; templates among them name each other as before. */
export function pasteNodes(doc: FlowDoc, container: string | null, clip: Clip, shift: Point): { doc: FlowDoc; ids: string[] } {
  const taken = idsOf(doc);
  const names = new Map<string, string>();
  for (const node of walk(clip)) {
    const id = freshId(taken, node.id);
    taken.add(id);
    names.set(node.id, id);
  }
  const renamed = renameNodes(clip, names);
  const layout = { ...doc.layout };
  for (const [id, [x, y]] of Object.entries(clip.layout)) {
    const fresh = names.get(id);
    if (fresh) layout[fresh] = [x + shift[0], y + shift[1]];
  }
  const pasted = changeGraph({ ...doc, layout }, container, (graph) => ({
    nodes: [...graph.nodes, ...renamed.nodes],
    edges: [...graph.edges, ...renamed.edges],
  }));
  const groups = [...(pasted.groups ?? [])];
  for (const group of clip.groups ?? []) {
    const nodes = group.nodes.flatMap((id) => names.get(id) ?? []);
    if (nodes.length > 0) groups.push({ ...group, id: freshGroupId({ ...pasted, groups }), nodes });
  }
  if (groups.length > 0) pasted.groups = groups;
  return { doc: pasted, ids: renamed.nodes.map((node) => node.id) };
}

export { changeNode, findNode, wayTo };
