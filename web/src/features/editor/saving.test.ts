import { describe, expect, it } from 'vitest';
import type { TraceStep } from '@/features/runs/tree';
import { mergeDocuments, sameDocument } from './merge';
import type { FlowDoc, FlowNode } from './model';
import { outputsFrom, overlayOf } from './overlay';
import { neededBy } from './trial';

const node = (id: string, text = id): FlowNode => ({ id, kind: 'template', settings: { text } });
const BASE: FlowDoc = {
  headwater: 1,
  name: 'Shared',
  kind: 'task',
  inputs: [{ name: 'x', type: 'string' }],
  nodes: [node('a'), node('b'), node('c')],
  edges: [
    { from: 'start', to: 'a' },
    { from: 'a', to: 'b' },
    { from: 'b', to: 'c' },
  ],
  layout: { a: [0, 0], b: [100, 0] },
};

describe('two people at one draft', () => {
  it('keep both their changes when these are about different parts', () => {
    const mine = { ...BASE, nodes: [node('a', 'mine'), node('b'), node('c'), node('d')], layout: { ...BASE.layout, a: [9, 9] as [number, number] } };
    const theirs = {
      ...BASE,
      name: 'Renamed',
      nodes: [node('a'), node('b', 'theirs')],
      edges: BASE.edges.slice(0, 2),
      layout: { a: [0, 0] as [number, number], b: [5, 5] as [number, number] },
      inputs: [...(BASE.inputs ?? []), { name: 'y', type: 'number' }],
    };
    const { doc, clashes } = mergeDocuments(BASE, mine, theirs);
    expect(clashes).toEqual([]);
    expect(doc.name).toBe('Renamed');
    expect(doc.nodes).toEqual([node('a', 'mine'), node('b', 'theirs'), node('d')]);
    expect(doc.edges).toEqual(BASE.edges.slice(0, 2));
    expect(doc.inputs?.map(({ name }) => name)).toEqual(['x', 'y']);
    expect(doc.layout).toEqual({ a: [9, 9], b: [5, 5] });
  });

  it('are told what both of them changed, and what I have stays', () => {
    const { doc, clashes } = mergeDocuments(BASE, { ...BASE, name: 'Mine', nodes: [node('a', 'mine'), node('b'), node('c')] }, { ...BASE, name: 'Theirs', nodes: [node('b'), node('c')], edges: BASE.edges.slice(2) });
    expect(clashes.map(({ of, field, theirs }) => [of, field, theirs])).toEqual([[null, 'name', 'Theirs'], ['a', '', undefined]]);
    expect(doc.name).toBe('Mine');
    expect(doc.nodes.map(({ id }) => id)).toContain('a');
    expect(mergeDocuments(BASE, { ...BASE, name: 'Same' }, { ...BASE, name: 'Same' }).clashes).toEqual([]);
  });

  const talk = (...said: string[]) => said.map((content, at) => ({ role: at === 0 ? 'system' : 'user', content }));
  const chat = (settings: Record<string, unknown>, more: Partial<FlowNode> = {}): FlowNode => ({ id: 'chat', kind: 'chat', settings, ...more });
  const flow = (...nodes: FlowNode[]): FlowDoc => ({ ...BASE, nodes, edges: [] });

  it('may change one node, as long as they change other fields of it', () => {
    const base = flow(chat({ messages: talk('Be kind', 'Hi'), temperature: 0.2 }));
    const mine = flow(chat({ messages: talk('Be kind', 'Mine'), temperature: 0.2, seed: 7 }));
    const theirs = flow(chat({ messages: talk('Theirs', 'Hi') }, { timeout: '5s' }));
    const { doc, clashes } = mergeDocuments(base, mine, theirs);
    expect(clashes).toEqual([]);
    expect(doc.nodes).toEqual([chat({ messages: talk('Theirs', 'Mine'), seed: 7 }, { timeout: '5s' })]);
  });

  it('choose field by field what both changed', () => {
    const around = (text: string, values: object): FlowDoc => flow({ id: 'every', kind: 'each', settings: {}, body: { nodes: [node('inner', text)], edges: [] } }, { id: 'out', kind: 'output', settings: { values } });
    const three = [around('base', { one: 1, two: 2 }), around('mine', { one: 10, two: 2 }), around('theirs', { one: 11, two: 22 })] as const;
    const { doc, clashes } = mergeDocuments(...three);
    expect(clashes.map(({ key }) => key)).toEqual(['inner settings.text', 'out settings.values.one']);
    expect(doc.nodes[1]?.settings?.values).toEqual({ one: 10, two: 22 });
    const chosen = mergeDocuments(...three, new Set(['inner settings.text'])).doc;
    expect(chosen.nodes[0]?.body?.nodes[0]?.settings?.text).toBe('theirs');
    expect(chosen.nodes[1]?.settings?.values).toEqual({ one: 10, two: 22 });
  });

  it('do not have the items of a list mixed up that one of them turned about', () => {
    const base = flow(chat({ messages: talk('a', 'b') }));
    const turned = flow(chat({ messages: talk('a', 'b').toReversed() }));
    expect(mergeDocuments(base, turned, flow(chat({ messages: talk('a', 'c') }))).clashes.map(({ field }) => field)).toEqual(['settings.messages']);
  });

  it('do not quarrel about the order of keys, and lose no edge to what was deleted', () => {
    const turned = { ...BASE, nodes: [{ settings: { text: 'a' }, kind: 'template', id: 'a' }, ...BASE.nodes.slice(1)] };
    expect(sameDocument(BASE, turned)).toBe(true);
    const mine = { ...BASE, edges: [...BASE.edges, { from: 'a', to: 'c' }] };
    const theirs = { ...BASE, nodes: BASE.nodes.slice(0, 2), edges: BASE.edges.slice(0, 2) };
    expect(mergeDocuments(BASE, mine, theirs).doc.edges).toEqual(BASE.edges.slice(0, 2));
  });
});

const LOOPED: FlowDoc = {
  ...BASE,
  nodes: [node('a'), { id: 'every', kind: 'each', body: { nodes: [node('cell')], edges: [] } }, { id: 'call', kind: 'subflow' }, { id: 'think', kind: 'agent' }],
};
const step = (path: string, status: TraceStep['status'], more: Partial<TraceStep> = {}): TraceStep => ({
  id: path,
  path,
  node: path.replace(/^.*\//, '').replace(/#\d+$/, ''),
  kind: 'template',
  status,
  start: 1000,
  end: status === 'running' ? null : 1010,
  record: null,
  ...more,
});
const record = (outputs: object, cost: string | null = null) => ({ outputs, usage: { input_tokens: 3, output_tokens: 4, cost } }) as unknown as TraceStep['record'];

describe('a run drawn over the graph', () => {
  it('adds up the rounds of a node, and the worst of them counts', () => {
    const overlay = overlayOf(LOOPED, [
      step('a', 'done', { record: record({ text: 'x' }, '0.5') }),
      step('every[0]/cell', 'done', { record: record({}, '0.25') }),
      step('every[1]/cell', 'failed', { record: record({}) }),
      step('every[2]/cell', 'done', { record: record({}, '0.25') }),
      step('every', 'running'),
    ]);
    expect(overlay.get('a')).toEqual({ status: 'done', steps: 1, ms: 10, tokens: 7, cost: 0.5, path: 'a' });
    expect(overlay.get('cell')).toEqual({ status: 'failed', steps: 3, ms: 30, tokens: 21, cost: 0.5, path: 'every[1]/cell' });
    expect(overlay.get('every')).toMatchObject({ status: 'running', ms: null });
  });

  it('does not take steps of called flows and agents for its own', () => {
    const overlay = overlayOf(LOOPED, [step('call/a', 'failed'), step('think[0]/cell#0', 'done'), step('think[0]/model', 'done')]);
    expect([...overlay.keys()]).toEqual([]);
  });

  it('gives what a node alone can be run with', () => {
    expect(outputsFrom([step('a', 'done', { record: record({ text: 'x' }) }), step('every[0]/cell', 'done', { record: record({}) }), step('b', 'failed')])).toEqual({ a: { text: 'x' } });
    const doc = { ...BASE, nodes: [node('a'), node('b', '{{ a.text }}'), node('c', '{{ b.text }} {{ ab.text }}')] };
    expect(neededBy(doc, 'c')).toEqual(['b']);
  });
});
