import { describe, expect, it } from 'vitest';
import type { FlowDoc } from './model';
import { preview, searched, variablesOf } from './variables';

const DOC: FlowDoc = {
  headwater: 1,
  name: 'Greet',
  kind: 'chat',
  inputs: [{ name: 'question', type: 'string' }, { name: 'tone', type: 'string', default: 'kind' }],
  environment: [{ name: 'site', value: 'here' }, { name: 'sign', value: 'us' }, { name: 'key', type: 'secret' }] as FlowDoc['environment'],
  variables: [{ name: 'topic', type: 'string', default: 'rivers' }],
  nodes: [
    { id: 'keep', kind: 'assign', settings: { changes: [{ variable: 'topic', value: '{{ start.question }}' }] } },
    { id: 'every', kind: 'each', settings: {}, body: { nodes: [{ id: 'say-it', kind: 'template', settings: { text: 'x' } }], edges: [] } },
    { id: 'hint', kind: 'note', settings: { text: 'Look' } },
  ],
  edges: [],
};
const NOTHING = { run: null, input: {}, given: {}, environment: null };
const all = (known: Parameters<typeof variablesOf>[1]) => new Map(variablesOf(DOC, known).flatMap(({ variables }) => variables).map((one) => [one.path, one]));

describe('what can be read in a flow', () => {
  it('is there without a run, with what it is by default', () => {
    const found = all(NOTHING);
    expect(found.get('start.question')).toMatchObject({ value: undefined, text: '{{ start.question }}' });
    expect(found.get('start.tone')).toMatchObject({ value: 'kind', from: 'default' });
    expect(found.get('env.site')).toMatchObject({ value: 'here', from: 'default' });
    expect(found.get('conversation.topic')).toMatchObject({ value: 'rivers', from: 'default' });
    expect(found.has('hint.text')).toBe(false);
  });

  it('has what the run gave, what the workspace sets, and what was assigned; never a secret', () => {
    const found = all({ run: 'run_1', input: { question: 'Why?', tone: 'dry' }, given: { keep: { topic: 'seas' }, every: { items: ['a'], count: 1, extra: true } }, environment: { sign: 'them', key: 'oops' } });
    expect(found.get('start.tone')).toMatchObject({ value: 'dry', from: null });
    expect(found.get('env.sign')).toMatchObject({ value: 'them', from: 'workspace' });
    expect(found.get('env.key')).toMatchObject({ value: undefined, from: 'secret', type: 'secret' });
    expect(found.get('conversation.topic')).toMatchObject({ value: 'seas', from: null });
    expect(found.get('every.items')).toMatchObject({ value: ['a'], type: 'list' });
    expect(found.get('every.extra')).toMatchObject({ value: true, type: 'boolean' });
    expect(found.get('run.id')).toMatchObject({ value: 'run_1' });
  });

  it('cannot be named where the name of the node is none to a template', () => {
    const groups = variablesOf(DOC, NOTHING);
    expect(groups.find(({ node }) => node?.id === 'say-it')).toMatchObject({ inside: ['every'], variables: [{ path: 'say-it.text', text: null }] });
  });

  it('is found by name, type and value', () => {
    const groups = variablesOf(DOC, { ...NOTHING, input: { question: 'Where do rivers begin?' } });
    const paths = (query: string) => searched(groups, query).flatMap(({ variables }) => variables.map(({ path }) => path));
    expect(paths('rivers string')).toEqual(['start.question', 'conversation.topic']);
    expect(paths('nowhere')).toEqual([]);
  });

  it('is shown as one line', () => {
    expect(preview('a\n  b')).toBe('a b');
    expect(preview({ a: [1] })).toBe('{"a":[1]}');
    expect(preview('x'.repeat(500), 10)).toBe(`${'x'.repeat(10)}…`);
  });
});
