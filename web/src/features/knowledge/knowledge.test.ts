import { describe, expect, it } from 'vitest';
import type { Chunk, Passage } from '@/api/types';
import { changeOf, draftOf, keywordsOf, movedOn } from './chunks/drafts';
import { pieces, placed } from './chunks/locate';
import { lookOf } from './chunks/original';
import { outlineOf } from './chunks/places';
import { changed, emptyRow, faultOf, metadataOf, rowsOf } from './metadata';
import { highest, movedFrom, standings } from './search/scores';
import { filterFrom, readTrial, requestOf, tidied } from './search/trial';
import { separatorsOf, typedSeparators } from './tuning/chunking-fields';
import { changesOf, consequencesOf, type Settings } from './tuning/settings-draft';

const chunk = (id: string, text: string, part: Partial<Chunk> = {}): Chunk => ({
  id,
  document_id: 'doc_1',
  index: 0,
  text,
  enabled: true,
  added: false,
  edited: false,
  keywords: [],
  metadata: {},
  ...part,
});

describe('metadata', () => {
  it('keeps its types, and several values of a field', () => {
    const metadata = { year: 2024, team: ['pumps', 'valves'], final: true };
    expect(metadataOf(rowsOf(metadata))).toEqual(metadata);
  });

  it('is none while a row lacks a name or a value of its type', () => {
    const row = { ...emptyRow(), name: 'year', kind: 'number' as const, text: 'soon' };
    expect(faultOf(row)).toBe('value');
    expect(metadataOf([row])).toBeNull();
    expect(faultOf({ ...row, name: ' ', text: '3' })).toBe('name');
    expect(metadataOf([emptyRow()])).toEqual({});
  });

  it('of many documents is set field by field', () => {
    expect(changed({ a: 1, b: 2, c: 3 }, { b: 'two' }, ['c'])).toEqual({ a: 1, b: 'two' });
  });
});

describe('a chunk in its original', () => {
  const text = '# Pears\n\nThe *pear* harvest begins in the last week of August. Then come the apples.\n\n## Apples\n\nThe apple harvest begins in the middle of September, when nights are cold.\n';
  const chunks = [
    chunk('chk_1', 'The pear harvest begins in the last week of August. Then come the apples.'),
    chunk('chk_2', 'The apple harvest begins in the middle of September, when nights are cold.'),
  ];

  it('is found by its words, whatever marks are between them', () => {
    const found = placed(text, chunks);
    expect(found.map(({ start, end }) => text.slice(start, end))).toEqual([
      'The *pear* harvest begins in the last week of August. Then come the apples.',
      'The apple harvest begins in the middle of September, when nights are cold.',
    ]);
    expect(pieces(text, found).map(({ text }) => text).join('')).toBe(text);
  });

  it('is found by what the document said when it was edited, and not at all when it was added', () => {
    const edited = chunk('chk_3', 'Something else', { source_text: chunks[1]?.text ?? '' });
    expect(placed(text, [edited, chunk('chk_4', 'Nobody wrote this down before')]).map(({ chunk }) => chunk.id)).toEqual(['chk_3']);
  });

  it('is found after the one before, where words repeat', () => {
    const twice = 'one two three four five. one two three four five.';
    const found = placed(twice, [chunk('a', 'one two three four five'), chunk('b', 'one two three four five')]);
    expect(found.map(({ start }) => start)).toEqual([0, 25]);
    const apart = placed('head row one end. head row two end.', [chunk('a', 'head row one end'), chunk('b', 'head row two end')]);
    expect(apart.map(({ start }) => start)).toEqual([0, 18]);
  });

  it('is found in scripts without blanks', () => {
    const chinese = '前言。梨子在八月的最后一周采收，随后是苹果。结束。';
    const [found] = placed(chinese, [chunk('a', '梨子在八月的最后一周采收，随后是苹果。')]);
    expect(chinese.slice(found?.start, found?.end)).toBe('梨子在八月的最后一周采收，随后是苹果。');
  });

  it('stands under its page and headings', () => {
    const places = outlineOf([
      chunk('a', 'x', { page: 1, heading: 'Guide › Pumps' }),
      chunk('b', 'x', { page: 1, heading: 'Guide › Pumps' }),
      chunk('c', 'x', { page: 2, heading: 'Guide' }),
      chunk('d', 'x', { index: null }),
    ]);
    expect(places.map(({ heading, depth, page, ids }) => [heading, depth, page, ids])).toEqual([
      ['Pumps', 1, 1, ['a', 'b']],
      ['Guide', 0, 2, ['c']],
    ]);
  });

  it('is shown here only where that is safe: never as a page of its own', () => {
    expect(lookOf({ media_type: 'text/html; charset=utf-8', bytes: 10 })).toBe('text');
    expect(lookOf({ media_type: 'image/svg+xml', bytes: 10 })).toBeNull();
    expect(lookOf({ media_type: 'image/png', bytes: 10 })).toBe('picture');
    expect(lookOf({ media_type: 'application/pdf', bytes: 10 })).toBe('pdf');
    expect(lookOf({ media_type: 'text/plain', bytes: 10_000_000 })).toBeNull();
  });
});

describe('an edited chunk', () => {
  const before = chunk('chk_1', 'The pear harvest', { keywords: ['fruit'] });

  it('sends what is otherwise than before, and nothing else', () => {
    const draft = draftOf(before);
    expect(changeOf(draft)).toEqual({});
    expect(changeOf({ ...draft, text: 'The apple harvest', keywords: 'fruit，  apples; fruit' })).toEqual({ text: 'The apple harvest', keywords: ['fruit', 'apples'] });
    expect(keywordsOf('a, b、c')).toEqual(['a', 'b', 'c']);
  });

  it('notices that somebody else changed it meanwhile', () => {
    const draft = draftOf(before);
    expect(movedOn(draft, { ...before, tokens: 3 })).toBe(false);
    expect(movedOn(draft, { ...before, text: 'The plum harvest' })).toBe(true);
  });
});

describe('settings', () => {
  const stored: Settings = {
    name: 'Orchard',
    description: '',
    embedding_model: null,
    chunking: { strategy: 'structure', size: 250 },
    retrieval: { fusion: 'weighted', vector_weight: 0.5 },
  };

  it('are sent part by part, and the order of fields and empty ones change nothing', () => {
    expect(changesOf(stored, { ...stored, chunking: { size: 250, strategy: 'structure', question_column: null } })).toEqual({});
    expect(changesOf(stored, { ...stored, retrieval: { ...stored.retrieval, boosts: [] } })).toEqual({});
    expect(changesOf(stored, { ...stored, name: ' Garden ', chunking: { strategy: 'whole' } })).toEqual({ name: 'Garden', chunking: { strategy: 'whole' } });
  });

  it('say what they set off', () => {
    const base = { documents: 3, chunks: 9 };
    expect(consequencesOf(base, { chunking: { size: 80 } })).toEqual(['cut']);
    expect(consequencesOf(base, { embedding_model: 'local/a', retrieval: {} })).toEqual(['embed', 'search']);
    expect(consequencesOf(base, { embedding_model: null })).toEqual(['forgetVectors']);
    expect(consequencesOf({ documents: 0, chunks: 0 }, { chunking: { size: 80 }, embedding_model: 'local/a' })).toEqual([]);
  });

  it('write separators that a line cannot hold', () => {
    const separators = ['\n---\n', '\t', '\\n'];
    expect(separatorsOf(typedSeparators(separators))).toEqual(separators);
  });
});

describe('a search that is tried', () => {
  it('asks with all conditions that are complete', () => {
    const conditions = [
      { field: 'team', test: 'is', kind: 'text', text: 'pumps' },
      { field: 'year', test: 'from', kind: 'number', text: '2020' },
      { field: 'draft', test: 'not', kind: 'boolean', text: 'true' },
      { field: '', test: 'is', kind: 'text', text: 'x' },
      { field: 'year', test: 'to', kind: 'number', text: 'soon' },
    ] as const;
    expect(filterFrom(conditions)).toEqual({
      and: [{ equals: { field: 'team', value: 'pumps' } }, { range: { field: 'year', from: 2020 } }, { not: { equals: { field: 'draft', value: true } } }],
    });
    expect(requestOf('pears', { limit: 3, mode: 'lexical', conditions: [] })).toEqual({ query: 'pears', limit: 3, options: { mode: 'lexical' } });
  });

  it('is read from an address without what cannot be', () => {
    expect(readTrial({ mode: 'magic', limit: 500, vector_weight: 0.3, boosts: [{ field: 'a', factor: 2 }, 7], conditions: [{ test: 'is' }] })).toEqual({
      vector_weight: 0.3,
      boosts: [{ field: 'a', factor: 2 }],
      conditions: [],
    });
    expect(readTrial('mode')).toEqual({});
    expect(tidied({ mode: undefined, conditions: [] })).toBeUndefined();
  });

  const passage = (chunk_id: string, ranking: Passage['ranking']): Passage => ({ chunk_id, document_id: 'd', document_name: 'd', knowledge_base_id: 'k', text: '', score: 1, highlights: [], ranking }) as Passage;

  it('shows the lists a passage stood in, and a fused place only where there was something to fuse', () => {
    const words = passage('a', { words: { rank: 1, score: 8 }, fused: { rank: 1, score: 1 } });
    expect(standings(words, highest([words])).map(({ list, share }) => [list, share])).toEqual([['words', 1]]);
    const both = passage('b', { words: { rank: 2, score: 4 }, vectors: { rank: 1, score: 0.6 }, fused: { rank: 1, score: 0.9 } });
    expect(standings(both, highest([words, both])).map(({ list, share }) => [list, share])).toEqual([
      ['words', 0.5],
      ['vectors', 1],
      ['fused', 0.9],
    ]);
  });

  it('tells how far a passage moved', () => {
    const before = [passage('a', {}), passage('b', {})];
    expect(movedFrom(before, passage('b', {}), 1)).toBe(1);
    expect(movedFrom(before, passage('a', {}), 3)).toBe(-2);
    expect(movedFrom(before, passage('c', {}), 1)).toBeNull();
  });
});
