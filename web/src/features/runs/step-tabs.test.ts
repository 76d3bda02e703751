import { describe, expect, it } from 'vitest';
import { given, isLight, printed, shownTab, tabsOf } from './step-tabs';
import type { Step } from './tree';

const step = (more: object = {}): Step => ({
  id: 'stp_1',
  node: 'a',
  kind: 'template',
  status: 'done',
  inputs: {},
  outputs: {},
  usage: { input_tokens: 0, output_tokens: 0, cached_tokens: 0, estimated: false, cost: null },
  attempt: 1,
  started_at: '2026-01-01T00:00:00Z',
  finished_at: null,
  ...more,
});

describe('the tabs of a step', () => {
  it('are those it has something for', () => {
    expect(tabsOf(step())).toEqual(['raw']);
    expect(tabsOf(step({ inputs: { a: 1 }, outputs: { text: '' } }))).toEqual(['input', 'output', 'raw']);
    expect(tabsOf(step({ outputs: { text: 'x' }, calls: [{}], retries: [{}] }))).toEqual(['output', 'prompt', 'logs', 'raw']);
  });

  it('show what a program printed by itself', () => {
    const code = step({ kind: 'code', outputs: { result: 1, logs: 'dividing\n' } });
    expect([printed(code), given(code), tabsOf(code)]).toEqual(['dividing\n', { result: 1 }, ['output', 'logs', 'raw']]);
    const other = step({ outputs: { logs: 'mine' } });
    expect([printed(other), given(other)]).toEqual(['', { logs: 'mine' }]);
  });

  it('keep the wanted one where it is there', () => {
    const done = step({ inputs: { a: 1 }, outputs: { text: 'x' } });
    expect(shownTab(done, tabsOf(done), 'input')).toBe('input');
    expect(shownTab(done, tabsOf(done), 'prompt')).toBe('output');
    expect(shownTab(done, tabsOf(done), undefined)).toBe('output');
    const failed = step({ status: 'failed', inputs: { a: 1 } });
    expect(shownTab(failed, tabsOf(failed), 'output')).toBe('input');
  });

  it('wait for what was left out of a list', () => {
    expect(isLight(step({ inputs: null, outputs: null }))).toBe(true);
    expect(isLight(step())).toBe(false);
  });
});
