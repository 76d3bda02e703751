import { describe, expect, it } from 'vitest';
import { aligned } from './align';
import { insertNode } from './insert';
import type { FlowDoc, FlowNode, Point } from './model';

const node = (id: string): FlowNode => ({ id, kind: 'template', settings: { text: id } });
const nodes = ['a', 'b', 'c'].map(node);
const places: Record<string, Point> = { a: [0, 16], b: [600, 0], c: [300, 160] };

describe('chosen boxes', () => {
  it('are put in line', () => {
    expect(aligned(nodes, places, 'left')).toEqual({ a: [0, 16], b: [0, 0], c: [0, 160] });
    expect(aligned(nodes, places, 'top')).toEqual({ a: [0, 0], b: [600, 0], c: [300, 0] });
  });

  it('stand evenly apart, in the order they stood in', () => {
    expect(aligned(nodes, { a: [0, 0], b: [800, 0], c: [300, 5] }, 'across')).toEqual({ a: [0, 0], c: [400, 5], b: [800, 0] });
  });

  it('are drawn apart where they stood over each other', () => {
    const put = aligned(nodes, { a: [0, 0], b: [0, 8], c: [0, 16] }, 'down');
    expect([put.a, put.b, put.c].map((at) => at?.[1])).toEqual([0, 80, 152]);
  });
});

describe('a node put into an edge', () => {
  const doc: FlowDoc = {
    headwater: 1,
    name: 'x',
    kind: 'task',
    nodes,
    edges: [{ from: 'start', to: 'a' }, { from: 'a', to: 'b' }, { from: 'b', to: 'c' }],
    layout: { start: [-312, 0], a: [0, 0], b: [312, 0], c: [624, 0] },
  };

  it('leads on to where the edge led, and what follows makes room', () => {
    const made = insertNode(doc, null, node('new'), { from: 'a', to: 'b' }, doc.layout ?? {});
    expect(made.edges).toEqual([{ from: 'start', to: 'a' }, { from: 'b', to: 'c' }, { from: 'a', to: 'new' }, { from: 'new', to: 'b' }]);
    expect(made.layout).toMatchObject({ a: [0, 0], new: [312, 0], b: [624, 0], c: [936, 0] });
  });

  it('takes the first of its ways where it has several, and ends where it has none', () => {
    const branch = { id: 'new', kind: 'branch', settings: { cases: [{ handle: 'yes' }] } };
    expect(insertNode(doc, null, branch, { from: 'a', to: 'b' }, doc.layout ?? {}).edges).toContainEqual({ from: 'new', to: 'b', handle: 'yes' });
    expect(insertNode(doc, null, { id: 'new', kind: 'break' }, { from: 'a', to: 'b' }, doc.layout ?? {}).edges.some(({ from }) => from === 'new')).toBe(false);
  });
});
