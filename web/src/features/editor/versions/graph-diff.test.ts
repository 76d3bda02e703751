import { describe, expect, it } from 'vitest';
import type { FlowDoc, FlowNode } from '../model';
import { containersOf, diffGraphs, diffGroups, graphOf, statesIn } from './graph-diff';

const say = (id: string, text: string): FlowNode => ({ id, kind: 'template', settings: { text } });
const doc = (nodes: FlowNode[], edges: FlowDoc['edges'] = []): FlowDoc => ({ headwater: 1, name: 'Flow', kind: 'task', nodes, edges });

describe('two states of a graph are laid over each other', () => {
  it('tells nodes that came, went, changed and stayed', () => {
    const { nodes } = diffGraphs(doc([say('a', '1'), say('b', '1'), say('gone', '1')]), doc([say('a', '1'), say('b', '2'), say('new', '1')]));
    expect(nodes.map(({ node, change }) => `${node.id} ${change}`)).toEqual(['a same', 'b changed', 'new added', 'gone removed']);
  });

  it('tells edges apart by their ends and the way out', () => {
    const before = doc([], [{ from: 'a', to: 'b', handle: 'yes' }, { from: 'a', to: 'c' }]);
    const after = doc([], [{ from: 'a', to: 'b', handle: 'no' }, { from: 'a', to: 'c', handle: null }]);
    expect(diffGraphs(before, after).edges.map(({ edge, change }) => `${edge.to} ${edge.handle ?? ''} ${change}`)).toEqual(['b no added', 'c  same', 'b yes removed']);
  });

  it('counts a container as changed when something in it is, and can be entered', () => {
    const holder = (text: string): FlowNode => ({ id: 'every', kind: 'each', body: { nodes: [say('in', text)], edges: [] } });
    const [before, after] = [doc([holder('1')]), doc([holder('2')])];
    expect(diffGraphs(before, after).nodes[0]?.change).toBe('changed');
    expect(containersOf(before, after)).toEqual(['every']);
    expect(diffGraphs(graphOf(before, 'every'), graphOf(after, 'every')).nodes).toEqual([{ node: say('in', '2'), change: 'changed' }]);
    expect(graphOf(after, 'nothing').nodes).toEqual([]);
  });

  it('tells frames that came, went, changed and were only folded', () => {
    const nodes = ['a', 'b', 'c', 'd'].map((id) => say(id, '1'));
    const frame = (id: string, ...members: string[]) => ({ id, title: id, nodes: members });
    const before: FlowDoc = { ...doc(nodes), groups: [frame('kept', 'a'), frame('grown', 'b'), frame('gone', 'd')] };
    const after: FlowDoc = { ...doc(nodes), groups: [{ ...frame('kept', 'a'), collapsed: true }, frame('grown', 'b', 'c'), frame('new', 'd')] };
    const found = diffGroups(before, after, diffGraphs(before, after));
    expect(found.map(({ group, change }) => `${group.id} ${change}`)).toEqual(['kept same', 'grown changed', 'new added', 'gone removed']);
  });

  it('reads two states out of an address, and refuses anything else', () => {
    expect(statesIn('1..draft')).toEqual(['1', 'draft']);
    expect(statesIn('2..3')).toEqual(['2', '3']);
    expect(statesIn('2')).toBeNull();
    expect(statesIn('a..b')).toBeNull();
  });
});
