import { walk, wayTo } from './graph';
import { type FlowDoc, type FlowNode, START } from './model';
import { type Given, type OutputsOf, outputsOf, typeOf } from './outputs';
import { nameable, reference } from './scope';

/** One value that templates can name. */
export interface Variable {
  /** Such as `start.question`. */
  path: string;
  type: string;
  /** What it is or was; undefined when nobody knows. */
  value: unknown;
  /** Where the value is from, when it is not the run's. */
  from: 'default' | 'workspace' | 'secret' | null;
  /** What a template says to read it; null when none can, because of its node's name. */
  text: string | null;
}

export interface VariableGroup {
  key: string;
  /** The node that gives them; null for what the flow itself gives. */
  node: FlowNode | null;
  of: 'inputs' | 'environment' | 'conversation' | 'run' | 'node';
  /** The containers around the node, outermost first. */
  inside: string[];
  variables: Variable[];
}

/** What is known of values, of the run that is drawn or the last one. */
export interface Values {
  /** The run's id. */
  run: string | null;
  input: Record<string, unknown>;
  given: Record<string, unknown>;
  /** What the workspace sets; null when it may not be read. */
  environment: Record<string, unknown> | null;
}

const record = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {});

/** What is no name to a template is read by its key, but for a node, which then cannot be read. */
function textOf(path: string[]): string | null {
  const [root = '', ...rest] = path;
  if (!nameable(root)) return null;
  const named = rest.every(nameable) ? [root, ...rest].join('.') : rest.reduce((text, one) => (nameable(one) ? `${text}.${one}` : `${text}['${one}']`), root);
  return reference(named);
}

const variable = (path: string[], type: string, value: unknown, from: Variable['from'] = null): Variable => ({ path: path.join('.'), type, value, from, text: textOf(path) });

/** A given value with what is known to be in it. */
function spread(path: string[], { name, type, inner = [] }: Given, holder: Record<string, unknown>): Variable[] {
  const value = holder[name];
  return [variable([...path, name], type, value), ...inner.flatMap((one) => spread([...path, name], one, record(value)))];
}

/** Everything that can be read in a flow, with the values that are known. */
export function variablesOf(doc: FlowDoc, known: Values, called: OutputsOf = () => null): VariableGroup[] {
  const flowGroup = (of: VariableGroup['of'], variables: Variable[]): VariableGroup => ({ key: of, node: null, of, inside: [], variables });
  const groups = [flowGroup('inputs', inputsOf(doc, known)), flowGroup('environment', environmentOf(doc, known)), flowGroup('conversation', conversationOf(doc, known))];
  for (const node of walk(doc)) {
    if (node.id === START || node.kind === 'note') continue;
    const gave = record(known.given[node.id]);
    const said = outputsOf(node, called);
    // What a run gave beyond what its kind says can be read, too.
    const more = Object.keys(gave).filter((name) => !said.some((one) => one.name === name));
    const variables = [...said.flatMap((one) => spread([node.id], one, gave)), ...more.map((name) => variable([node.id, name], typeOf(gave[name]), gave[name]))];
    groups.push({ key: `node ${node.id}`, node, of: 'node', inside: wayTo(doc, node.id) ?? [], variables });
  }
  groups.push(flowGroup('run', [variable(['run', 'id'], 'string', known.run ?? undefined)]));
  return groups.filter(({ variables }) => variables.length > 0);
}

function inputsOf(doc: FlowDoc, { input }: Values): Variable[] {
  const named = (doc.inputs ?? []).filter(({ name }) => name);
  const carried = doc.kind === 'chat' && !named.some(({ name }) => name === 'files') ? [variable([START, 'files'], 'list', input.files)] : [];
  return [
    ...named.map(({ name, type, default: standard }) => {
      const given = input[name];
      const unset = given === undefined && standard !== undefined && standard !== null;
      return variable([START, name], type ?? 'string', unset ? standard : given, unset ? 'default' : null);
    }),
    ...carried,
  ];
}

function environmentOf(doc: FlowDoc, { environment }: Values): Variable[] {
  return (doc.environment ?? [])
    .filter(({ name }) => name)
    .map((one) => {
      const { name, type } = one;
      if (type === 'secret') return variable(['env', name], 'secret', undefined, 'secret');
      const set = environment?.[name];
      const standard = (one as { value?: unknown }).value ?? one.default ?? undefined;
      const value = set ?? standard;
      return variable(['env', name], typeOf(value), value, set !== undefined ? 'workspace' : standard === undefined ? null : 'default');
    });
}

/** Variables of the conversation; what a run made of them is what it assigned. */
function conversationOf(doc: FlowDoc, { given }: Values): Variable[] {
  const assigned: Record<string, unknown> = {};
  for (const { id, kind } of walk(doc)) if (kind === 'assign') Object.assign(assigned, record(given[id]));
  const named = (doc.variables ?? [])
    .filter(({ name }) => name)
    .map(({ name, type, default: standard }) => {
      const value = assigned[name] ?? standard ?? undefined;
      return variable(['conversation', name], type ?? 'string', value, assigned[name] === undefined && value !== undefined ? 'default' : null);
    });
  return doc.kind === 'chat' ? [...named, variable(['conversation', 'history'], 'list', undefined)] : named;
}

/** The groups with the variables whose name, type or value has all the words. */
export function searched(groups: VariableGroup[], query: string): VariableGroup[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return groups;
  const fits = ({ path, type, value }: Variable) => {
    const text = `${path} ${type} ${preview(value)}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
  return groups.map((group) => ({ ...group, variables: group.variables.filter(fits) })).filter(({ variables }) => variables.length > 0);
}

/** The beginning of a value, in one line. */
export function preview(value: unknown, most = 160): string {
  if (value === undefined) return '';
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  const line = text.slice(0, most * 2).replaceAll(/\s+/g, ' ').trim();
  return line.length > most || text.length > most * 2 ? `${line.slice(0, most)}…` : line;
}
