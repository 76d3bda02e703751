import { describe, expect, it } from 'vitest';
import { arrange } from './arrange';
import { addNode, before, changeNode, connect, disconnect, freshId, graphAt, idsOf, mayConnect, outletsOf, removeNodes, wayTo, wrongId } from './graph';
import { begin, change, redo, undo } from './history';
import { freePlace, heightOf, isPlaced, loadArrange, placesOf, WIDTH } from './layout';
import type { FlowDoc } from './model';
import { copyNodes, pasteNodes, readClip, renameInText, renameNode } from './rename';
import { scopeOf } from './scope';

const DOC: FlowDoc = {
  headwater: 1,
  name: 'Sample',
  kind: 'chat',
  inputs: [{ name: 'question', type: 'string' }],
  variables: [{ name: 'topics', type: 'list' }],
  environment: [{ name: 'KEY', type: 'secret' }],
  nodes: [
    { id: 'find', kind: 'retrieve', settings: { query: '{{ start.question }}' } },
    {
      id: 'every',
      kind: 'each',
      settings: { items: '{{ find.passages }}', output: '{{ write.text }}' },
      body: {
        nodes: [
          { id: 'write', kind: 'template', settings: { text: '{{ item.text }} {{ find.context }}' } },
          { id: 'judge', kind: 'extract', settings: { text: '{{ write.text }}', fields: [{ name: 'good', type: 'boolean' }] } },
        ],
        edges: [{ from: 'write', to: 'judge' }],
      },
    },
    { id: 'reply', kind: 'answer', settings: { text: '{{ every.items | join }}' } },
    { id: 'aside', kind: 'note', settings: { text: 'find' } },
  ],
  edges: [
    { from: 'start', to: 'find' },
    { from: 'find', to: 'every' },
    { from: 'every', to: 'reply' },
  ],
  layout: { find: [0, 0], write: [8, 8] },
};

describe('a graph that is edited', () => {
  it('finds nodes at any depth and what is before them', () => {
    expect(wayTo(DOC, 'judge')).toEqual(['every']);
    expect(wayTo(DOC, 'reply')).toEqual([]);
    expect(wayTo(DOC, 'nobody')).toBeNull();
    expect([...before(DOC, 'reply')].toSorted()).toEqual(['every', 'find', 'start']);
  });

  it('adds a node behind another and leaves the rest as it was', () => {
    const after = addNode(DOC, null, { id: 'say', kind: 'answer' }, [10, 20], { node: 'find', handle: null });
    expect(after.edges.at(-1)).toEqual({ from: 'find', to: 'say' });
    expect(after.layout?.say).toEqual([10, 20]);
    expect(after.nodes[1]).toBe(DOC.nodes[1]);
    expect(addNode(DOC, 'every', { id: 'in', kind: 'template' }, [0, 0]).nodes[0]).toBe(DOC.nodes[0]);
  });

  it('refuses edges that close a circle, stand twice, lead to start or touch a note', () => {
    expect(mayConnect(DOC, { from: 'reply', to: 'find' })).toBe(false);
    expect(mayConnect(DOC, { from: 'start', to: 'find' })).toBe(false);
    expect(mayConnect(DOC, { from: 'find', to: 'start' })).toBe(false);
    expect(mayConnect(DOC, { from: 'find', to: 'aside' })).toBe(false);
    expect(connect(DOC, null, { from: 'reply', to: 'find' })).toBe(DOC);
    expect(connect(DOC, null, { from: 'find', to: 'reply', handle: 'error' }).edges).toHaveLength(4);
    expect(disconnect(DOC, null, [{ from: 'find', to: 'every', handle: null }]).edges).toHaveLength(2);
  });

  it('removes a container with all that is in it', () => {
    const after = removeNodes(DOC, null, ['every', 'start']);
    expect(after.edges).toEqual([{ from: 'start', to: 'find' }]);
    expect(after.layout).toEqual({ find: [0, 0] });
    expect(removeNodes(DOC, 'every', ['write']).nodes[1]?.body).toEqual({ nodes: [DOC.nodes[1]?.body?.nodes[1]], edges: [] });
  });

  it('gives ids that nothing has', () => {
    expect(freshId(idsOf(DOC), 'write')).toBe('write2');
    expect(freshId(idsOf(DOC), 'loop')).toBe('loop1');
    expect(freshId(new Set(['a', 'a2']), 'a2')).toBe('a3');
    expect(wrongId(DOC, 'judge', 'find')).toBe('taken');
    expect(wrongId(DOC, 'item', 'find')).toBe('reserved');
    expect(wrongId(DOC, 'a b', 'find')).toBe('shape');
    expect(wrongId(DOC, 'find', 'find')).toBeNull();
  });

  it('knows the ways out of a node', () => {
    const handles = (node: FlowDoc['nodes'][number]) => outletsOf(node).map(({ handle }) => handle);
    expect(handles({ id: 'a', kind: 'chat' })).toEqual([null]);
    // oxlint-disable-next-line unicorn/no-thenable
    expect(handles({ id: 'a', kind: 'chat', on_error: { then: 'branch' } })).toEqual([null, 'error']);
    expect(handles({ id: 'a', kind: 'branch', settings: { cases: [{ handle: 'yes' }, {}] } })).toEqual(['yes', 'else']);
    expect(handles({ id: 'a', kind: 'classify', settings: { labels: [{ name: 'x' }] } })).toEqual(['x', 'other']);
    expect(handles({ id: 'a', kind: 'human', settings: { deadline: '1h' } })).toEqual(['approve', 'reject', 'timeout']);
    expect(handles({ id: 'a', kind: 'human', settings: { buttons: ['ok'] } })).toEqual(['ok']);
    expect(handles({ id: 'a', kind: 'note' })).toEqual([]);
  });
});

describe('names', () => {
  it('follow a node that is called something else, and nothing else does', () => {
    const names = new Map([['find', 'look']]);
    expect(renameInText('{{ find.context }} find {{ other.find }} {{ "find" }} {% if find %}', names)).toBe(
      '{{ look.context }} find {{ other.find }} {{ "find" }} {% if look %}',
    );
    const after = renameNode(DOC, 'find', 'look');
    expect(after.edges.slice(0, 2)).toEqual([
      { from: 'start', to: 'look' },
      { from: 'look', to: 'every' },
    ]);
    expect(after.nodes[1]?.settings?.items).toBe('{{ look.passages }}');
    expect(after.nodes[1]?.body?.nodes[0]?.settings?.text).toBe('{{ item.text }} {{ look.context }}');
    expect(after.nodes[3]).toBe(DOC.nodes[3]);
    expect(after.layout).toEqual({ look: [0, 0], write: [8, 8] });
  });

  it('of copies are new, and copies name each other', () => {
    const clip = copyNodes(DOC, null, ['find', 'every']);
    expect(clip?.edges).toEqual([{ from: 'find', to: 'every' }]);
    const read = readClip(JSON.stringify(clip));
    if (!read) throw new Error('the clip can be read');
    const { doc, ids } = pasteNodes(DOC, null, read, [40, 40]);
    expect(ids).toEqual(['find2', 'every2']);
    expect(doc.nodes.at(-1)?.settings?.output).toBe('{{ write2.text }}');
    expect(doc.nodes.at(-1)?.body?.nodes[0]?.settings?.text).toBe('{{ item.text }} {{ find2.context }}');
    expect(doc.layout?.find2).toEqual([40, 40]);
    expect(new Set(idsOf(doc)).size).toBe(idsOf(DOC).size + 4);
    expect(readClip('hello')).toBeNull();
    expect(readClip('{"nodes": []}')).toBeNull();
  });
});

describe('what a template may name', () => {
  const names = (id: string, field: string) => scopeOf(DOC, id, field).map(({ name }) => name);
  it('is what stands before the node, and what containers around it give', () => {
    expect(names('reply', 'text')).toEqual(['every', 'find', 'start', 'conversation', 'env', 'run']);
    expect(names('find', 'query')).toEqual(['start', 'conversation', 'env', 'run']);
    expect(names('judge', 'text')).toEqual(['item', 'index', 'write', 'find', 'start', 'conversation', 'env', 'run']);
  });

  it('is more in settings that are looked at after the body', () => {
    expect(names('every', 'items')).toEqual(['find', 'start', 'conversation', 'env', 'run']);
    expect(names('every', 'output')).toEqual(['item', 'index', 'judge', 'write', 'find', 'start', 'conversation', 'env', 'run']);
  });

  it('has types', () => {
    const [, , extract] = scopeOf(DOC, 'every', 'output');
    expect(extract?.values[0]).toEqual({ name: 'value', type: 'object', inner: [{ name: 'good', type: 'boolean' }] });
    expect(scopeOf(DOC, 'find', 'query').find(({ name }) => name === 'env')?.values).toEqual([{ name: 'KEY', type: 'secret' }]);
    const loop: FlowDoc = { ...DOC, nodes: [{ id: 'again', kind: 'loop', settings: { variables: { n: 0, s: '{{ start.x }}' } } }], edges: [] };
    expect(scopeOf(loop, 'again', 'until')[0]).toEqual({
      name: 'loop',
      values: [
        { name: 'n', type: 'number' },
        { name: 's', type: 'any' },
        { name: 'round', type: 'number' },
      ],
    });
  });
});

describe('places', () => {
  it('run from left to right and do not overlap', () => {
    const places = arrange(DOC, true);
    expect(places.start?.[0]).toBeLessThan(places.find?.[0] ?? 0);
    expect(places.find?.[0]).toBeLessThan(places.every?.[0] ?? 0);
    const aside = places.aside ?? [0, 0];
    for (const [id, place] of Object.entries(places)) {
      if (id !== 'aside') expect(Math.abs(place[1] - aside[1])).toBeGreaterThan(40);
    }
  });

  it('are the file’s where it says them', async () => {
    const free = placesOf(DOC, graphAt(DOC, null), true);
    expect(new Set(Object.values(free).map(String)).size).toBe(5);
    await loadArrange();
    expect(isPlaced(DOC)).toBe(false);
    expect(isPlaced({ ...DOC, nodes: [], layout: { start: [0, 0] } })).toBe(true);
    const places = placesOf(DOC, graphAt(DOC, null), true);
    expect(places.find).toEqual([0, 0]);
    expect(places.every?.[0]).toBe(WIDTH + 72);
    expect(freePlace({ a: [0, 0] }, [3, 3])[1]).toBeGreaterThan(heightOf({ id: 'a', kind: 'chat' }));
  });
});

describe('undo', () => {
  it('takes changes back one by one, and typing in one field at once', () => {
    let history = begin('a');
    history = change(history, 'b', null, 0);
    history = change(history, 'bc', 'text', 10);
    history = change(history, 'bcd', 'text', 500);
    expect(history.past).toEqual(['a', 'b']);
    history = change(history, 'bcde', 'text', 5000);
    expect(history.past).toEqual(['a', 'b', 'bcd']);
    const back = undo(undo(history));
    expect(back.present).toBe('b');
    expect(redo(redo(back)).present).toBe('bcde');
    expect(change(back, 'x', null, 0).future).toEqual([]);
    expect(undo(begin('a')).present).toBe('a');
  });

  it('leaves a document alone that a change does not touch', () => {
    expect(changeNode(DOC, 'nobody', (node) => ({ ...node, kind: 'x' })).nodes).toEqual(DOC.nodes);
  });
});
