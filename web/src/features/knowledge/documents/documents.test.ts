import { describe, expect, it } from 'vitest';
import { ApiError } from '@/api/errors';
import type { Document } from '@/api/types';
import { together } from '../jobs/alike';
import { toAll } from './bulk';
import { chosen, readChoice } from './choose';
import { DocumentList } from './document-list';
import { documentName, type Entry, filesBelow, filesPicked, partsOfName } from './folders';
import { observed, paceOf, type Sample } from './pace';

const stage = (name: 'embed' | 'chunk', done: number, total: number | null, took_ms: number | null = null) => ({ name, done, total, took_ms });

function made(id: string, part: Partial<Document> = {}): Document {
  return {
    id,
    knowledge_base_id: 'kb_1',
    name: `${id}.md`,
    media_type: 'text/markdown',
    bytes: 10,
    status: 'ready',
    progress: 1,
    chunks: 1,
    lost_edits: 0,
    metadata: {},
    stages: [],
    attempts: 1,
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    ...part,
  };
}

describe('how fast it goes', () => {
  const seen = (...samples: [number, number][]) => samples.reduce<Sample[]>((all, [at, done]) => observed(all, { at, done }), []);

  it('is not said from one look, nor where nothing moved', () => {
    expect(paceOf(seen([0, 5]), 100)).toBeNull();
    expect(paceOf(seen([0, 5], [1000, 50]), 100)).toBeNull();
    expect(paceOf(seen([0, 5], [5000, 5]), 100)).toBeNull();
  });

  it('is what was done in the time it took', () => {
    expect(paceOf(seen([0, 0], [2000, 20], [4000, 40]), 100)).toEqual({ perSecond: 10, secondsLeft: 6 });
  });

  it('forgets what is long ago, and begins anew when a count goes down', () => {
    expect(paceOf(seen([0, 0], [30_000, 10], [32_500, 60]), 100)?.perSecond).toBe(20);
    expect(paceOf(seen([0, 90], [3000, 3]), 100)).toBeNull();
  });
});

describe('names of dropped files', () => {
  it('have their folders in front, and lose those farthest away when they are too long', () => {
    expect(documentName('/notes/2024/pears.md')).toBe('notes › 2024 › pears.md');
    const long = documentName(`${'far/'.repeat(60)}near/pears.md`);
    expect(long.length).toBeLessThanOrEqual(255);
    expect(long.endsWith('near › pears.md')).toBe(true);
    expect(partsOfName('notes › 2024 › pears.md')).toEqual({ folder: 'notes › 2024 › ', file: 'pears.md' });
    expect(partsOfName('pears.md')).toEqual({ folder: '', file: 'pears.md' });
  });

  it('come from whole folders, however many a reader gives at a time, without hidden files', async () => {
    const file = (name: string, fullPath: string): Entry => ({ isFile: true, isDirectory: false, name, fullPath, file: (found) => found(new File(['x'], name)) });
    const folder = (name: string, fullPath: string, batches: Entry[][]): Entry => {
      return { isFile: false, isDirectory: true, name, fullPath, createReader: () => ({ readEntries: (found) => found(batches.shift() ?? []) }) };
    };
    const root = folder('notes', '/notes', [
      [file('a.md', '/notes/a.md'), file('.DS_Store', '/notes/.DS_Store')],
      [folder('deep', '/notes/deep', [[file('b.md', '/notes/deep/b.md')]]), folder('.git', '/notes/.git', [[file('c', '/notes/.git/c')]])],
    ]);
    expect((await filesBelow([root, file('z.txt', '/z.txt')])).map(({ name }) => name)).toEqual(['notes › a.md', 'notes › deep › b.md', 'z.txt']);
  });

  it('of a picked folder are the same', () => {
    const file = Object.assign(new File(['x'], 'a.md'), { webkitRelativePath: 'notes/a.md' });
    const hidden = Object.assign(new File(['x'], 'b'), { webkitRelativePath: 'notes/.git/b' });
    expect(filesPicked([file, hidden]).map(({ name }) => name)).toEqual(['notes › a.md']);
  });
});

describe('the documents shown', () => {
  const all = [
    made('doc_3', { name: 'b.pdf', bytes: 5, status: 'failed', metadata: { team: ['pumps', 'valves'] } }),
    made('doc_2', { name: 'a.md', bytes: 50, status: 'parsing' }),
    made('doc_1', { name: 'c.md', bytes: 20, status: 'needs_ocr' }),
  ];
  const names = (one: string, other: string) => one.localeCompare(other);
  const ids = (choice: Parameters<typeof chosen>[1]) => chosen(all, choice, names).map(({ id }) => id);

  it('are those of a state whose name or metadata has all words', () => {
    expect(ids({ state: 'failed' })).toEqual(['doc_3', 'doc_1']);
    expect(ids({ q: 'VALVES b' })).toEqual(['doc_3']);
    expect(ids({ q: 'team:pumps' })).toEqual(['doc_3']);
    expect(ids({ state: 'working', q: 'pdf' })).toEqual([]);
  });

  it('are in the order that was chosen', () => {
    expect(ids({ sort: 'name' })).toEqual(['doc_2', 'doc_3', 'doc_1']);
    expect(ids({ sort: 'size' })).toEqual(['doc_2', 'doc_1', 'doc_3']);
    expect(readChoice({ q: 'x', state: 'nonsense', sort: 'name' })).toEqual({ q: 'x', state: undefined, sort: 'name' });
  });
});

describe('the list of documents', () => {
  /** A server with so many documents, ten a page, which counts what it is asked. */
  function server(documents: Document[]) {
    const asked = { pages: 0, ones: 0 };
    const readPage = (after: string | undefined) => {
      asked.pages += 1;
      const from = after === undefined ? 0 : documents.findIndex(({ id }) => id === after) + 1;
      const items = documents.slice(from, from + 10);
      return Promise.resolve({ items, next: from + 10 < documents.length ? (items.at(-1)?.id ?? null) : null });
    };
    const readOne = (id: string) => {
      asked.ones += 1;
      const found = documents.find((document) => document.id === id);
      return found ? Promise.resolve(found) : Promise.reject(new ApiError({ status: 404, code: 'not_found', detail: 'gone' }));
    };
    return { asked, documents, source: { readPage, readOne } };
  }
  const many = (count: number, status: Document['status']) =>
    Array.from({ length: count }, (_, at) => made(`doc_${String(999 - at)}`, { status }));

  it('reads every page, newest first, and nothing twice while all is ready', async () => {
    const { source, asked, documents } = server(many(35, 'ready'));
    const list = new DocumentList(source);
    await Promise.all([list.load(), list.load()]);
    expect(list.snapshot().documents.map(({ id }) => id)).toEqual(documents.map(({ id }) => id));
    expect(list.snapshot().complete).toBe(true);
    expect(asked).toEqual({ pages: 4, ones: 0 });
    expect(await list.look()).toBe(false);
    expect(asked).toEqual({ pages: 4, ones: 0 });
  });

  it('asks for few that are being read one by one, and drops one that is gone', async () => {
    const { source, asked, documents } = server([...many(2, 'parsing')]);
    const list = new DocumentList(source);
    await list.load();
    documents[0] = made('doc_999', { status: 'ready', updated_at: '2026-01-02T00:00:00Z' });
    documents.splice(1, 1);
    expect(await list.look()).toBe(true);
    expect(asked.ones).toBe(2);
    expect(list.snapshot().documents.map(({ id, status }) => [id, status])).toEqual([['doc_999', 'ready']]);
  });

  it('asks for no more than a page at a time when hundreds are being read', async () => {
    const { source, asked, documents } = server(many(300, 'queued'));
    const list = new DocumentList(source);
    await list.load();
    const before = asked.pages;
    await list.look();
    expect(asked).toEqual({ pages: before + 1, ones: 0 });
    for (const [at, { id }] of documents.entries()) documents[at] = made(id, { updated_at: '2026-01-02T00:00:00Z' });
    for (let turn = 0; turn < 60 && (await list.look()); turn += 1);
    expect(list.snapshot().documents.every(({ status }) => status === 'ready')).toBe(true);
  });

  it('does not go back to an answer that was overtaken, and keeps what was put in', async () => {
    const { source } = server([]);
    const list = new DocumentList(source);
    list.put([made('doc_1', { status: 'ready', updated_at: '2026-01-02T00:00:00Z' })]);
    list.put([made('doc_1', { status: 'parsing', updated_at: '2026-01-01T00:00:00Z' })]);
    expect(list.snapshot().documents[0]?.status).toBe('ready');
  });

  it('says how fast a stage goes', () => {
    let now = 0;
    const list = new DocumentList(server([]).source, () => now);
    const at = (ms: number, done: number) => {
      now = ms;
      const document = made('doc_1', { status: 'embedding', stages: [stage('chunk', 9, 9, 5), stage('embed', done, 100)] });
      list.put([document]);
      return list.paceOf(document);
    };
    expect(at(0, 0)).toBeNull();
    expect(at(4000, 40)).toEqual({ perSecond: 10, secondsLeft: 6 });
  });
});

it('a thing done to many goes on past those that fail', async () => {
  const told: number[] = [];
  const outcome = await toAll([1, 2, 3, 4, 5, 6], (item) => (item % 3 === 0 ? Promise.reject(new TypeError('no')) : Promise.resolve()), (through) => told.push(through));
  expect(outcome.done.toSorted()).toEqual([1, 2, 4, 5]);
  expect(outcome.failed.map(({ item }) => item)).toEqual([3, 6]);
  expect(told).toEqual([1, 2, 3, 4, 5, 6]);
});

it('documents that failed for the same reason stand together', () => {
  const failed = (id: string, message: string) => made(id, { status: 'failed', error: { code: 'internal', message, retryable: false } as never });
  const reasons = together([failed('doc_1', 'Page 3 of “a.pdf” is broken.'), failed('doc_2', 'A password is needed.'), failed('doc_3', 'Page 12 of “b.pdf” is broken.')]);
  expect(reasons.map(({ documents }) => documents.map(({ id }) => id))).toEqual([['doc_1', 'doc_3'], ['doc_2']]);
});
