import { describe, expect, it } from 'vitest';
import type { Unsent } from '../outbox';
import { candidates } from './find-sent';
import { flowsToOffer, questionsOf } from './flow-starts';
import { writesWith } from './own-model';

describe('questionsOf', () => {
  const run = (question: unknown, conversation_id: string | null = 'cnv_1') => ({ input: { question }, conversation_id });
  it('gives each question once, the latest first', () => {
    expect(questionsOf([run('b'), run('a'), run('b '), run('c')])).toEqual(['b', 'a', 'c']);
  });
  it('leaves out what is no question of a conversation, and what is too long for a card', () => {
    expect(questionsOf([run('a', null), run(7), { input: null }, run('x'.repeat(201)), run('two\nlines'), run('')])).toEqual([]);
  });
});

describe('flowsToOffer', () => {
  const flow = (id: string) => ({ id, name: id, slug: id, kind: 'chat' as const, tags: [], updated_at: '' });
  const talk = (flow_id: string, title: string, updated_at: string) =>
    ({ id: title, flow_id, flow_name: '', title, pinned: false, created_at: '', updated_at }) as const;
  it('offers the latest used first, with what was asked, and not the chosen one', () => {
    const offered = flowsToOffer(['a', 'b', 'c'].map(flow), 'a', [talk('c', 'late', '2'), talk('c', 'early', '1')]);
    expect(offered.map(({ flow: { id }, title }) => [id, title])).toEqual([['c', 'late'], ['b', null]]);
  });
  it('offers four at most', () => {
    expect(flowsToOffer(['a', 'b', 'c', 'd', 'e', 'f'].map(flow), 'a', [])).toHaveLength(4);
  });
});

describe('writesWith', () => {
  it('names the one model, also within containers', () => {
    expect(writesWith([{ kind: 'retrieve' }, { kind: 'each', body: { nodes: [{ kind: 'chat', settings: { model: 'a/b' } }] } }], 'x/y')).toBe('a/b');
  });
  it('names the default where nothing is set', () => {
    expect(writesWith([{ kind: 'chat', settings: {} }, { kind: 'agent', settings: { model: 'default' } }], 'x/y')).toBe('x/y');
  });
  it('names nothing for several, or none', () => {
    expect(writesWith([{ kind: 'chat', settings: { model: 'a/b' } }, { kind: 'chat' }], 'x/y')).toBeNull();
    expect(writesWith([{ kind: 'template' }], 'x/y')).toBeNull();
  });
});

describe('candidates', () => {
  const message = (id: string, parent: string | null, siblings: string[] = []) =>
    ({ id, parent, siblings, role: 'user', text: id, attachments: [], citations: [], status: 'done', created_at: '' }) as never;
  const unsent = (parent: string | null, known: string[]): Unsent => ({ text: 'q', files: [], models: [], parent, known });
  it('finds what stands where the question would, the latest first', () => {
    expect(candidates({ messages: [message('one', null, ['zero', 'one', 'two'])] }, unsent(null, ['zero']))).toEqual(['two', 'one']);
  });
  it('finds nothing where nothing was added', () => {
    expect(candidates({ messages: [message('one', null)] }, unsent('answer', []))).toEqual([]);
    expect(candidates({ messages: [message('one', null)] }, unsent(null, ['one']))).toEqual([]);
  });
});
