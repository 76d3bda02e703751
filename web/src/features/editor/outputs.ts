import type { FlowNode, NamedField } from './model';

/** A value that a node gives, and what is known to be in it. */
export interface Given {
  name: string;
  type: string;
  inner?: Given[];
}

const of = (type: string, ...names: string[]): Given[] => names.map((name) => ({ name, type }));

/** What kinds always give, as `docs/reference/nodes.md` says. */
export const FIXED: Record<string, Given[]> = {
  retrieve: [...of('list', 'passages'), ...of('string', 'context'), ...of('list', 'queries', 'notes')],
  chat: [...of('string', 'text'), ...of('object', 'value'), ...of('string', 'reasoning', 'model', 'finish_reason'), ...of('list', 'citations')],
  agent: [
    ...of('string', 'text', 'reasoning', 'model', 'finish_reason'),
    ...of('number', 'rounds'),
    ...of('list', 'calls'),
    ...of('string', 'stopped'),
    ...of('object', 'usage'),
  ],
  tool: [...of('any', 'value'), ...of('string', 'text'), ...of('boolean', 'failed')],
  http: [...of('number', 'status'), ...of('object', 'headers'), ...of('string', 'body'), ...of('any', 'json'), ...of('file', 'file')],
  document: [...of('string', 'text', 'title', 'name'), ...of('number', 'pages', 'length')],
  classify: of('string', 'label', 'model'),
  extract: [...of('object', 'value'), ...of('string', 'model')],
  template: of('string', 'text'),
  branch: of('string', 'handle'),
  merge: of('any', 'value'),
  each: [...of('list', 'items'), ...of('number', 'count')],
  list: [...of('list', 'items'), ...of('number', 'count'), ...of('any', 'first', 'last')],
  answer: of('string', 'text'),
};

export function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  if (value === null || value === undefined) return 'any';
  // What a template gives is known only when it runs.
  if (typeof value === 'string') return value.includes('{{') ? 'any' : 'string';
  return typeof value;
}

const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
const list = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value.map(record) : []);
const fieldsOf = (value: unknown, otherwise: string): Given[] =>
  list(value)
    .filter((field) => typeof field.name === 'string' && field.name !== '')
    .map((field) => ({ name: field.name as string, type: typeof field.type === 'string' ? field.type : otherwise }));

/** The outputs of a flow that is called, as far as its file says them. */
export type OutputsOf = (slug: string) => NamedField[] | null;

/** What a node gives to the nodes after it. */
export function outputsOf(node: FlowNode, called: OutputsOf): Given[] {
  const settings = node.settings ?? {};
  const given = within(node.kind, settings, called);
  return node.on_error?.then === 'branch' ? [...given, { name: 'error', type: 'object', inner: of('string', 'message', 'code') }] : given;
}

function within(kind: string, settings: Record<string, unknown>, called: OutputsOf): Given[] {
  switch (kind) {
    case 'chat': {
      const fields = Object.entries(record(record(settings.response_schema).properties)).map(([name, schema]) => ({
        name,
        type: String(record(schema).type ?? 'any'),
      }));
      return (FIXED.chat ?? []).filter(({ name }) => name !== 'value').concat(fields.length > 0 ? [{ name: 'value', type: 'object', inner: fields }] : []);
    }
    case 'extract':
      return [{ name: 'value', type: 'object', inner: fieldsOf(settings.fields, 'string') }, ...of('string', 'model')];
    case 'code':
      return [...Object.entries(record(settings.outputs)).map(([name, type]) => ({ name, type: String(type) })), ...of('string', 'logs')];
    case 'human':
      return [...fieldsOf(settings.fields, 'string'), ...of('string', 'button', 'by', 'at')];
    case 'loop':
      return [...Object.entries(record(settings.variables)).map(([name, value]) => ({ name, type: typeOf(value) })), ...of('number', 'rounds')];
    case 'assign':
      return list(settings.changes)
        .filter((change) => typeof change.variable === 'string' && change.variable !== '')
        .map((change) => ({ name: change.variable as string, type: 'any' }));
    case 'subflow': {
      const outputs = called(String(settings.flow ?? '')) ?? [];
      const named = outputs.map(({ name, type }) => ({ name, type: type ?? 'any' }));
      return named.some(({ name }) => name === 'text') ? named : [...named, ...of('string', 'text')];
    }
    case 'output':
      return Object.keys(record(settings.values)).map((name) => ({ name, type: 'any' }));
    default:
      return FIXED[kind] ?? [];
  }
}
