import type { Source, SourceRequest, SourceSettings } from './sources-api';

export type Kind = SourceSettings['kind'];
export const KINDS: Kind[] = ['website', 'feed', 'folder', 'bucket'];

type Of<K extends Kind> = Extract<SourceSettings, { kind: K }>;

/** A source while somebody types it; what is left empty is not sent. Lists have one item a line. */
export interface Draft {
  kind: Kind;
  name: string;
  start: string;
  sitemap: string;
  prefix: string;
  depth: string;
  pages: string;
  include: string;
  exclude: string;
  /** Of a feed or a bucket. */
  url: string;
  take: 'page' | 'entry';
  entries: string;
  forget: boolean;
  path: string;
  endpoint: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  when: 'never' | 'every' | 'cron';
  every: string;
  cron: string;
  timeZone: string;
}

/** How often places of a kind are worth a look. */
const EVERY: Record<Kind, string> = { website: '6h', feed: '30m', folder: '15m', bucket: '1h' };

export function emptyDraft(kind: Kind, timeZone: string): Draft {
  return {
    kind,
    name: '',
    start: '',
    sitemap: '',
    prefix: '',
    depth: '',
    pages: '',
    include: '',
    exclude: '',
    url: '',
    take: 'page',
    entries: '',
    forget: false,
    path: '',
    endpoint: '',
    region: '',
    accessKeyId: '',
    secretAccessKey: '',
    when: 'every',
    every: EVERY[kind],
    cron: '',
    timeZone,
  };
}

/** The same draft for another kind: with its own rhythm, unless another one was typed. */
export function ofKind(draft: Draft, kind: Kind): Draft {
  return { ...draft, kind, every: draft.every === EVERY[draft.kind] ? EVERY[kind] : draft.every };
}

const number = (value: number | null | undefined) => (typeof value === 'number' ? String(value) : '');
const together = (values: string[] | undefined) => (values ?? []).join('\n');

export function draftOf({ name, settings, schedule }: Source, timeZone: string): Draft {
  const draft: Draft = {
    ...emptyDraft(settings.kind, schedule?.time_zone ?? timeZone),
    name,
    when: schedule ? (schedule.cron ? 'cron' : 'every') : 'never',
    cron: schedule?.cron ?? '',
  };
  if (schedule?.every) draft.every = schedule.every;
  if (settings.kind === 'website') {
    const { start, sitemap, prefix, depth, pages } = settings;
    Object.assign(draft, { start: together(start), sitemap: sitemap ?? '', prefix: prefix ?? '', depth: number(depth), pages: number(pages) });
  }
  if (settings.kind === 'feed') {
    const { url, take, entries, forget } = settings;
    return { ...draft, url, take: take ?? 'page', entries: number(entries), forget: forget ?? false };
  }
  if (settings.kind === 'folder') draft.path = settings.path;
  if (settings.kind === 'bucket') {
    const { url, endpoint, region, access_key_id, secret_access_key } = settings;
    Object.assign(draft, { url, endpoint: endpoint ?? '', region: region ?? '', accessKeyId: access_key_id ?? '', secretAccessKey: secret_access_key ?? '' });
  }
  return { ...draft, include: together(settings.include), exclude: together(settings.exclude) };
}

const lines = (typed: string) => typed.split('\n').flatMap((line) => line.trim() || []);

/** What is not empty, by its name. */
function given(texts: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).flatMap(([name, text]) => (text.trim() ? [[name, text.trim()]] : [])));
}

function numbers(texts: Record<string, string>): Record<string, number> {
  return Object.fromEntries(Object.entries(given(texts)).map(([name, text]) => [name, Number(text)]));
}

export function settingsOf(draft: Draft): SourceSettings {
  const { kind, depth, pages, sitemap, prefix, entries, endpoint, region } = draft;
  const patterns = { include: lines(draft.include), exclude: lines(draft.exclude) };
  if (kind === 'website') {
    return { kind, start: lines(draft.start), ...given({ sitemap, prefix }), ...numbers({ depth, pages }), ...patterns } satisfies Of<'website'>;
  }
  if (kind === 'feed') {
    return { kind, url: draft.url.trim(), take: draft.take, ...numbers({ entries }), forget: draft.forget } satisfies Of<'feed'>;
  }
  if (kind === 'folder') return { kind, path: draft.path.trim(), ...patterns } satisfies Of<'folder'>;
  const keys = given({ endpoint, region, access_key_id: draft.accessKeyId, secret_access_key: draft.secretAccessKey });
  return { kind, url: draft.url.trim(), ...keys, ...patterns } satisfies Of<'bucket'>;
}

/** What to send: a schedule that is off is null, which takes away one that was there. */
export function requestOf(draft: Draft): SourceRequest {
  const schedule = {
    never: null,
    every: { every: draft.every.trim() },
    cron: { cron: draft.cron.trim(), time_zone: draft.timeZone.trim() || 'UTC' },
  }[draft.when];
  return { ...given({ name: draft.name }), settings: settingsOf(draft), schedule };
}

/** Whether what no source of the kind can be without is there; the server judges the rest. */
export function isReady(draft: Draft): boolean {
  const place = { website: draft.start + draft.sitemap, feed: draft.url, folder: draft.path, bucket: draft.url }[draft.kind];
  const when = { never: 'never', every: draft.every, cron: draft.cron }[draft.when];
  return place.trim() !== '' && when.trim() !== '';
}

const FIELDS: Record<Kind, string[]> = {
  website: ['start', 'sitemap', 'prefix', 'depth', 'pages', 'include', 'exclude'],
  feed: ['url', 'take', 'entries'],
  folder: ['path', 'include', 'exclude'],
  bucket: ['url', 'endpoint', 'region', 'access_key_id', 'secret_access_key', 'include', 'exclude'],
};

/** Whether a field that the server names is one that is typed for the kind. */
export function hasField(kind: Kind, field: string): boolean {
  return field === 'name' || /^schedule\b/.test(field) || FIELDS[kind].some((name) => field === `settings.${name}`);
}

/** Where a source is, in one line. */
export function placeOf(settings: SourceSettings): string {
  if (settings.kind === 'website') return settings.start?.[0] ?? settings.sitemap ?? '';
  return settings.kind === 'folder' ? settings.path : settings.url;
}
