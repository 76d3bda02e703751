import type { TriggerSettings } from './api';

export type Kind = TriggerSettings['kind'];
type FormSettings = Extract<TriggerSettings, { kind: 'form' }>;
type PageField = NonNullable<FormSettings['fields']>[number];

/** The settings of a trigger while somebody types them; what is left empty is not sent. */
export interface Draft {
  kind: Kind;
  verify: 'hmac' | 'github' | 'bearer';
  answer: 'async' | 'wait';
  wait: string;
  schema: string;
  maxBytes: string;
  cron: string;
  timeZone: string;
  missed: 'skip' | 'once' | 'all';
  overlap: 'allow' | 'skip';
  title: string;
  description: string;
  submit: string;
  thanks: string;
  show: 'thanks' | 'result';
  access: 'public' | 'members';
  /** Names of inputs, one a line. */
  fields: string;
  /** What was said of the fields before, which the names alone would lose. */
  known: PageField[];
}

export function emptyDraft(kind: Kind, timeZone: string): Draft {
  return {
    kind,
    verify: 'hmac',
    answer: 'async',
    wait: '',
    schema: '',
    maxBytes: '',
    cron: '',
    timeZone,
    missed: 'skip',
    overlap: 'allow',
    title: '',
    description: '',
    submit: '',
    thanks: '',
    show: 'thanks',
    access: 'public',
    fields: '',
    known: [],
  };
}

export function draftOf(settings: TriggerSettings): Draft {
  const draft = emptyDraft(settings.kind, 'UTC');
  if (settings.kind === 'webhook') {
    return {
      ...draft,
      verify: settings.verify ?? 'hmac',
      answer: settings.answer ?? 'async',
      wait: settings.wait ?? '',
      schema: settings.schema ? JSON.stringify(settings.schema, null, 2) : '',
      maxBytes: settings.max_bytes ? String(settings.max_bytes) : '',
    };
  }
  if (settings.kind === 'schedule') {
    return {
      ...draft,
      cron: settings.cron,
      timeZone: settings.time_zone ?? 'UTC',
      missed: settings.missed ?? 'skip',
      overlap: settings.overlap ?? 'allow',
    };
  }
  return {
    ...draft,
    title: settings.title ?? '',
    description: settings.description ?? '',
    submit: settings.submit ?? '',
    thanks: settings.thanks ?? '',
    show: settings.show ?? 'thanks',
    access: settings.access ?? 'public',
    fields: (settings.fields ?? []).map(({ name }) => name).join('\n'),
    known: settings.fields ?? [],
  };
}

/** The schema as an object; undefined when there is none, null when it is not one. */
export function schemaOf(text: string): Record<string, unknown> | null | undefined {
  if (text.trim() === '') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

const given = (text: string) => text.trim() || undefined;

export function settingsOf(draft: Draft): TriggerSettings {
  if (draft.kind === 'webhook') {
    const { verify, answer } = draft;
    return {
      kind: 'webhook',
      verify,
      answer,
      ...(answer === 'wait' && given(draft.wait) ? { wait: draft.wait.trim() } : {}),
      ...(schemaOf(draft.schema) ? { schema: schemaOf(draft.schema) } : {}),
      ...(given(draft.maxBytes) ? { max_bytes: Number(draft.maxBytes) } : {}),
    } as TriggerSettings;
  }
  if (draft.kind === 'schedule') {
    const { cron, timeZone, missed, overlap } = draft;
    return { kind: 'schedule', cron: cron.trim(), time_zone: timeZone.trim() || 'UTC', missed, overlap };
  }
  const names = draft.fields.split('\n').flatMap((line) => given(line) ?? []);
  return {
    kind: 'form',
    title: given(draft.title),
    description: given(draft.description),
    submit: given(draft.submit),
    thanks: given(draft.thanks),
    show: draft.show,
    access: draft.access,
    fields: names.map((name) => draft.known.find((field) => field.name === name) ?? { name }),
  };
}

/** Texts over what a trigger gives the flow: as they are, other values as JSON. */
export function inputTexts(input: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

/** What to send: texts are templates; a value that nobody touched keeps its type. */
export function inputOf(texts: Record<string, string>, before: Record<string, unknown>): Record<string, unknown> {
  const was = inputTexts(before);
  return Object.fromEntries(
    Object.entries(texts)
      .filter(([, text]) => text.trim() !== '')
      .map(([name, text]) => [name, text === was[name] ? before[name] : text]),
  );
}
