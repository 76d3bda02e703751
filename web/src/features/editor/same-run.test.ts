import { describe, expect, it } from 'vitest';
import type { FlowDoc } from './model';
import { sameRun } from './same-run';

const DOC: FlowDoc = {
  headwater: 1,
  name: 'Greet',
  kind: 'task',
  inputs: [{ name: 'name', type: 'string' }],
  nodes: [{ id: 'write', kind: 'template', settings: { text: 'Hello' } }],
  edges: [{ from: 'start', to: 'write' }],
};

describe('two documents run the same', () => {
  it('wherever their boxes stand, however they are grouped, called and commented', () => {
    const moved: FlowDoc = {
      ...DOC,
      name: 'Another name',
      layout: { write: [8, 8] },
      groups: [{ id: 'g', nodes: ['write'] }],
      nodes: [...DOC.nodes, { id: 'hint', kind: 'note', settings: { text: 'Look' } }],
    };
    expect(sameRun(DOC, moved)).toBe(true);
  });

  it('whether what is empty is written or left out', () => {
    const [node] = DOC.nodes;
    const written: FlowDoc = { ...DOC, outputs: [], variables: [], edges: [{ from: 'start', to: 'write', handle: null }], nodes: [{ ...node!, on_error: null, timeout: null }] };
    expect(sameRun(DOC, written)).toBe(true);
    const inputs = [{ name: 'name', type: 'string' }];
    expect(sameRun({ ...DOC, inputs }, { ...DOC, inputs: [{ ...inputs[0]!, required: false }] })).toBe(true);
  });

  it('not when a setting, an edge or an input differs', () => {
    expect(sameRun(DOC, { ...DOC, nodes: [{ id: 'write', kind: 'template', settings: { text: 'Bye' } }] })).toBe(false);
    expect(sameRun(DOC, { ...DOC, edges: [] })).toBe(false);
    expect(sameRun(DOC, { ...DOC, inputs: [{ name: 'name', type: 'string', required: true }] })).toBe(false);
  });
});
