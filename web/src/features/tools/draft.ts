import type { ToolKind } from './api';

/** One header while it is typed: a text, or a secret of the workspace with what stands before it. */
export interface HeaderDraft {
  name: string;
  secret: boolean;
  text: string;
  prefix: string;
}

/** The settings of a tool while somebody types them; each kind reads its own. */
export interface ToolDraft {
  url: string;
  method: string;
  arguments: string;
  query: string;
  headers: HeaderDraft[];
  body: string;
  bodyAs: 'json' | 'form';
  timeout: string;
  document: string;
  server: string;
  only: string;
  bases: string[];
  limit: string;
  flow: string;
}

const NO_ARGUMENTS = { type: 'object', properties: {} };
const json = (value: unknown) => JSON.stringify(value, null, 2);
const text = (value: unknown) => (typeof value === 'string' ? value : '');
const number = (value: unknown) => (typeof value === 'number' ? String(value) : '');

/** What is typed at first, from the settings as they are; from none for a new tool. */
export function draftOf(settings: Record<string, unknown>): ToolDraft {
  return {
    url: text(settings.url),
    method: text(settings.method) || 'GET',
    arguments: json(settings.arguments ?? NO_ARGUMENTS),
    query: settings.query && Object.keys(settings.query).length > 0 ? json(settings.query) : '',
    headers: Object.entries(settings.headers ?? {}).map(([name, value]) => headerOf(name, value)),
    body: settings.body === undefined || settings.body === null ? '' : json(settings.body),
    bodyAs: settings.body_as === 'form' ? 'form' : 'json',
    timeout: number(settings.timeout_seconds),
    document: text(settings.document),
    server: text(settings.server),
    only: Array.isArray(settings.only) ? settings.only.join('\n') : '',
    bases: Array.isArray(settings.knowledge_bases) ? settings.knowledge_bases.map(String) : [],
    limit: number(settings.limit),
    flow: text(settings.flow),
  };
}

function headerOf(name: string, value: unknown): HeaderDraft {
  if (typeof value === 'string') return { name, secret: false, text: value, prefix: '' };
  const { secret, prefix } = (value ?? {}) as { secret?: unknown; prefix?: unknown };
  return { name, secret: true, text: text(secret), prefix: text(prefix) };
}

function headersOf(drafts: HeaderDraft[]): Record<string, unknown> {
  const named = drafts.filter(({ name }) => name.trim() !== '');
  return Object.fromEntries(
    named.map(({ name, secret, text, prefix }) => [
      name.trim(),
      secret ? { secret: text, ...(prefix ? { prefix } : {}) } : text,
    ]),
  );
}

/** JSON that was typed; undefined when there is none, `wrong` when it is not JSON. */
export function parsed(typed: string): { value: unknown } | undefined | 'wrong' {
  if (typed.trim() === '') return undefined;
  try {
    return { value: JSON.parse(typed) as unknown };
  } catch {
    return 'wrong';
  }
}

/** A JSON object that was typed; `wrong` when it is something else. */
export function parsedObject(typed: string): { value: unknown } | undefined | 'wrong' {
  const read = parsed(typed);
  if (read === undefined || read === 'wrong') return read;
  const { value } = read;
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? read : 'wrong';
}

/** Which field holds JSON that cannot be read. */
export function isWrong(kind: ToolKind, draft: ToolDraft): boolean {
  return (
    kind === 'http' &&
    (parsedObject(draft.arguments) === 'wrong' || parsedObject(draft.query) === 'wrong' || parsed(draft.body) === 'wrong')
  );
}

const lines = (typed: string) => typed.split('\n').flatMap((line) => line.trim() || []);

/** The settings to send: what is empty is left out. */
export function settingsOf(kind: ToolKind, draft: ToolDraft): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  const put = (name: string, value: unknown) => {
    if (value !== undefined && value !== '') settings[name] = value;
  };
  const putJson = (name: string, read: ReturnType<typeof parsed>) => {
    if (read && read !== 'wrong') settings[name] = read.value;
  };
  if (kind === 'http') {
    settings.method = draft.method;
    putJson('arguments', parsedObject(draft.arguments));
    putJson('query', parsedObject(draft.query));
    putJson('body', parsed(draft.body));
    settings.body_as = draft.bodyAs;
  }
  if (kind === 'http' || kind === 'openapi' || kind === 'mcp') {
    put('url', draft.url.trim());
    if (draft.headers.length > 0) settings.headers = headersOf(draft.headers);
  }
  if (kind === 'openapi') {
    put('document', draft.document.trim() === '' ? undefined : draft.document);
    if (lines(draft.only).length > 0) settings.only = lines(draft.only);
  }
  if (kind === 'openapi' || kind === 'mcp_stdio') put('server', draft.server.trim());
  if (kind === 'knowledge') {
    settings.knowledge_bases = draft.bases;
    put('limit', draft.limit.trim() === '' ? undefined : Number(draft.limit));
  }
  if (kind === 'flow') put('flow', draft.flow);
  if (kind !== 'knowledge') put('timeout_seconds', draft.timeout.trim() === '' ? undefined : Number(draft.timeout));
  return settings;
}
