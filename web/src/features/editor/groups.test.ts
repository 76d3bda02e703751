import { describe, expect, it } from 'vitest';
import { arrange } from './arrange';
import { frameAround } from './frame';
import { changeGroup, groupNodes, groupsOf, isClosed, ungroup } from './groups';
import { removeNodes } from './graph';
import { boxes } from './layout';
import { inGroups, inOrder } from './list-view';
import { mergeDocuments } from './merge';
import type { FlowDoc } from './model';
import { copyNodes, pasteNodes, readClip, renameNode } from './rename';

const node = (id: string) => ({ id, kind: 'template', settings: { text: id } });
const DOC: FlowDoc = {
  headwater: 1,
  name: 'Grouped',
  kind: 'task',
  nodes: ['a', 'b', 'c', 'd', 'e'].map(node),
  edges: [
    { from: 'start', to: 'a' },
    { from: 'a', to: 'b' },
    { from: 'a', to: 'c' },
    { from: 'b', to: 'd' },
    { from: 'c', to: 'd' },
    { from: 'a', to: 'e' },
  ],
  layout: { a: [0, 0], b: [400, 0], c: [400, 200], d: [800, 0], e: [400, 400] },
};
const grouped = groupNodes(DOC, ['b', 'c'], 'Middle');
const members = (doc: FlowDoc) => groupsOf(doc, boxes(doc, true)).map((one) => one.members.join());

describe('groups of boxes', () => {
  it('have each box once: a new group takes its boxes out of the others', () => {
    expect(grouped.groups).toEqual([{ id: 'group1', title: 'Middle', colour: 'blue', nodes: ['b', 'c'] }]);
    const again = groupNodes(grouped, ['c', 'd'], '');
    expect(members(again)).toEqual(['b', 'c,d']);
    expect(members(groupNodes(grouped, ['b', 'c', 'd'], ''))).toEqual(['b,c,d']);
    expect(members({ ...grouped, groups: [...(grouped.groups ?? []), { id: 'x', nodes: ['c', 'gone'] }] })).toEqual(['b,c']);
  });

  it('go when they are taken away, or with their last box, and the boxes stay where they are', () => {
    expect(ungroup(grouped, new Set(['b']))).toEqual(DOC);
    expect(ungroup(grouped, new Set(['a']))).toBe(grouped);
    expect(members(removeNodes(grouped, null, ['b']))).toEqual(['c']);
    expect(removeNodes(grouped, null, ['b', 'c']).groups).toBeUndefined();
  });

  it('follow a box that is called something else', () => {
    expect(renameNode(grouped, 'b', 'best').groups?.[0]?.nodes).toEqual(['best', 'c']);
  });

  it('are copied when all of their boxes are', () => {
    const clip = copyNodes(grouped, null, ['b', 'c', 'd']);
    const read = readClip(JSON.stringify(clip));
    if (!read) throw new Error('nothing was copied');
    const { doc } = pasteNodes(grouped, null, read, [40, 40]);
    expect(members(doc)).toEqual(['b,c', 'b2,c2']);
    expect(doc.groups?.map(({ id, title }) => `${id} ${title}`)).toEqual(['group1 Middle', 'group2 Middle']);
    expect(copyNodes(grouped, null, ['b', 'd'])?.groups).toBeUndefined();
  });

  it('of two people are both kept', () => {
    const mine = changeGroup(grouped, 'group1', { title: 'Mine' });
    const theirs = groupNodes(grouped, ['a', 'd'], 'Theirs');
    const { doc, clashes } = mergeDocuments(grouped, mine, theirs);
    expect(doc.groups?.map(({ title }) => title)).toEqual(['Mine', 'Theirs']);
    expect(clashes).toEqual([]);
  });

  it('that are closed open while one of their boxes is looked at', () => {
    const [one] = groupsOf(changeGroup(grouped, 'group1', { collapsed: true }), boxes(DOC, true));
    if (!one) throw new Error('there is no group');
    expect(isClosed(one, new Set())).toBe(true);
    expect(isClosed(one, new Set(['b', 'c']))).toBe(true);
    expect(isClosed(one, new Set(['b']))).toBe(false);
    expect(isClosed({ ...one, members: ['b'] }, new Set())).toBe(false);
  });

  it('stay together when the graph is laid out, with no other box in their frame', () => {
    const apart = groupNodes(DOC, ['b', 'e'], '');
    const places = arrange(apart, true, apart.groups);
    const frame = frameAround(['b', 'e'].map((id) => ({ node: node(id), at: places[id] ?? [0, 0] })), false);
    const inside = ['start', 'a', 'c', 'd'].filter((id) => {
      const [x, y] = places[id] ?? [0, 0];
      return x + 240 > frame.position.x && x < frame.position.x + frame.width && y + 56 > frame.position.y && y < frame.position.y + frame.height;
    });
    expect(inside).toEqual([]);
  });

  it('are told together in the list, where their first box stands', () => {
    const told = inGroups(inOrder(grouped, true), groupsOf(grouped, boxes(grouped, true)));
    expect(told.map((one) => ('group' in one ? one.nodes.map(({ id }) => id) : one.id))).toEqual(['start', 'a', ['b', 'c'], 'e', 'd']);
  });
});
