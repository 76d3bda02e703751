import { before, findNode, graphAt, wayTo } from './graph';
import { type FlowDoc, type FlowNode, START } from './model';
import { type Given, type OutputsOf, outputsOf, typeOf } from './outputs';

/** A root that a template may name, with what is in it. */
export interface Root {
  name: string;
  /** The kind of the node that gives it; absent for what the flow itself gives. */
  kind?: string;
  values: Given[];
  /** Whether the root is a value itself, such as `item`. */
  type?: string;
}

/** Settings that see what is in the body, because they are looked at when a round is over. */
const AFTER_BODY = new Set(['each.output', 'loop.next']);
/** Settings of a list that see each item. */
const PER_ITEM = new Set(['where', 'map', 'sort_by', 'unique_by']);

const fields = (list: { name: string; type?: string }[] | undefined): Given[] =>
  (list ?? []).filter(({ name }) => name).map(({ name, type }) => ({ name, type: type ?? 'string' }));

function loopRoot(node: FlowNode): Root {
  const variables = Object.entries((node.settings?.variables ?? {}) as Record<string, unknown>);
  return {
    name: 'loop',
    values: [...variables.map(([name, value]) => ({ name, type: typeOf(value) })), { name: 'round', type: 'number' }],
  };
}

const item: Root[] = [
  { name: 'item', type: 'any', values: [] },
  { name: 'index', type: 'number', values: [] },
];

/** What containers around a node let it see. */
function aroundIt(doc: FlowDoc, way: string[]): Root[] {
  const roots: Root[] = [];
  for (const id of way.toReversed()) {
    const node = findNode(doc, id);
    if (node?.kind === 'each' && !roots.some(({ name }) => name === 'item')) roots.push(...item);
    if (node?.kind === 'loop' && !roots.some(({ name }) => name === 'loop')) roots.push(loopRoot(node));
  }
  return roots;
}

/** The nodes whose outputs stand when `id` runs: those before it, and those before each container around it. */
function upstream(doc: FlowDoc, way: string[], id: string): FlowNode[] {
  const nodes: FlowNode[] = [];
  const places = [...way, id];
  for (const [depth, at] of places.entries()) {
    const graph = graphAt(doc, depth === 0 ? null : (places[depth - 1] ?? null));
    const reached = before(graph, at);
    nodes.push(...graph.nodes.filter((node) => reached.has(node.id) && node.kind !== START));
  }
  return nodes;
}

/** What a question carries, in flows that chat. */
function carried(doc: FlowDoc): Given[] {
  const named = doc.inputs?.some(({ name }) => name === 'files');
  return doc.kind === 'chat' && !named ? [{ name: 'files', type: 'list' }] : [];
}

/**
 * Everything that a template in one setting of a node may name, nearest first.
 * `field` is the setting's name, because some settings see more than others.
 */
export function scopeOf(doc: FlowDoc, id: string, field: string, called: OutputsOf = () => null): Root[] {
  const node = findNode(doc, id);
  const way = wayTo(doc, id);
  if (!node || !way) return [];
  const near: Root[] = [];
  const seen = upstream(doc, way, id);
  if (AFTER_BODY.has(`${node.kind}.${field}`)) seen.push(...graphAt(doc, id).nodes);
  if (node.kind === 'each' && field === 'output') near.push(...item);
  if (node.kind === 'loop' && ['next', 'while', 'until'].includes(field)) near.push(loopRoot(node));
  if (node.kind === 'list' && PER_ITEM.has(field)) near.push(...item);
  const around = aroundIt(doc, way).filter(({ name }) => !near.some((root) => root.name === name));
  const given = seen
    .toReversed()
    .map((one) => ({ name: one.id, kind: one.kind, values: outputsOf(one, called) }))
    .filter(({ values }) => values.length > 0);
  const flow: Root[] = [
    { name: START, kind: START, values: [...fields(doc.inputs), ...carried(doc)] },
    { name: 'conversation', values: [...fields(doc.variables), ...(doc.kind === 'chat' ? [{ name: 'history', type: 'list' }] : [])] },
    { name: 'env', values: fields((doc.environment ?? []).map((one) => ({ name: one.name, type: one.type === 'secret' ? 'secret' : 'string' }))) },
    { name: 'run', values: [{ name: 'id', type: 'string' }] },
  ];
  return [...near, ...around, ...given, ...flow.filter(({ values }) => values.length > 0)];
}

/** The text that names a value in a template. */
export const reference = (...path: string[]) => `{{ ${path.join('.')} }}`;

/** Whether a template can name it with a dot: ids with a hyphen are no names to Jinja. */
export const nameable = (id: string) => /^[A-Za-z_]\w*$/.test(id);
