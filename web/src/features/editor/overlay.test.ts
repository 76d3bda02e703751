import { describe, expect, it } from 'vitest';
import type { TraceStep } from '@/features/runs/tree';
import type { FlowDoc } from './model';
import { givenBy, overlayOf, roundsOf } from './overlay';

const leaf = (id: string) => ({ id, kind: 'template' });
const DOC: FlowDoc = {
  headwater: 1,
  name: 'Nested',
  kind: 'task',
  nodes: [{ id: 'outer', kind: 'each', body: { nodes: [{ id: 'inner', kind: 'loop', body: { nodes: [leaf('cell')], edges: [] } }, leaf('say')], edges: [] } }],
  edges: [],
};
const step = (path: string, status: TraceStep['status'] = 'done'): TraceStep => ({
  id: path,
  path,
  node: path.replace(/^.*\//, ''),
  kind: 'template',
  status,
  start: 0,
  end: 10,
  record: { outputs: { text: path }, usage: { input_tokens: 0, output_tokens: 0 } } as unknown as TraceStep['record'],
});
const STEPS = [
  step('outer[0]/inner[0]/cell'),
  step('outer[0]/say'),
  step('outer[1]/inner[0]/cell'),
  step('outer[1]/inner[1]/cell', 'failed'),
  step('outer[1]/say'),
  step('call/outer[7]/say'),
];

describe('rounds of containers', () => {
  it('are counted, and say where something failed', () => {
    expect(roundsOf(DOC, STEPS, 'outer', {})).toEqual([{ number: 0, failed: false }, { number: 1, failed: true }]);
    expect(roundsOf(DOC, STEPS, 'inner', { outer: 0 })).toEqual([{ number: 0, failed: false }]);
    expect(roundsOf(DOC, STEPS, 'inner', { outer: 1, inner: 0 })).toEqual([{ number: 0, failed: false }, { number: 1, failed: true }]);
  });

  it('are drawn one by one', () => {
    expect(overlayOf(DOC, STEPS).get('cell')).toMatchObject({ steps: 3, status: 'failed' });
    expect(overlayOf(DOC, STEPS, { outer: 1, inner: 0 }).get('cell')).toMatchObject({ steps: 1, status: 'done', path: 'outer[1]/inner[0]/cell' });
    expect(overlayOf(DOC, STEPS, { outer: 0 }).get('say')).toMatchObject({ steps: 1, path: 'outer[0]/say' });
  });

  it('give their own values', () => {
    expect(givenBy(DOC, STEPS, { outer: 0 })).toEqual({ cell: { text: 'outer[0]/inner[0]/cell' }, say: { text: 'outer[0]/say' } });
    expect(givenBy(DOC, STEPS).say).toEqual({ text: 'outer[1]/say' });
  });
});
