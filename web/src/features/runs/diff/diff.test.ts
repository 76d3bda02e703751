import { describe, expect, it } from 'vitest';
import type { Step, TraceStep } from '../tree';
import { alignSteps, pairIn } from './align';
import { cutText, diffLines, folded, MOST_TEXT, textOf } from './lines';

const step = (path: string, start: number, outputs: unknown = 'x', status: TraceStep['status'] = 'done'): TraceStep => ({
  id: path,
  path,
  node: path.replace(/.*\//, ''),
  kind: 'template',
  status,
  start,
  end: start + 1,
  record: { inputs: {}, outputs, usage: { input_tokens: 0, output_tokens: 0 } } as unknown as Step,
});

const said = (pairs: ReturnType<typeof alignSteps>) => pairs.map(({ path, change }) => `${change} ${path}`);

describe('steps of two runs are laid side by side', () => {
  it('tells the same, the changed, the added and the removed, in the order of the second run', () => {
    const before = [step('a', 1), step('gone', 2), step('b', 3, 'old'), step('end', 4)];
    const after = [step('a', 1), step('b', 2, 'new'), step('more', 3), step('end', 4)];
    expect(said(alignSteps(before, after))).toEqual(['same a', 'removed gone', 'changed b', 'added more', 'same end']);
  });

  it('knows rounds of containers by their number', () => {
    const before = [step('each', 1), step('each[0]/say', 1), step('each[1]/say', 2), step('each[2]/say', 3)];
    const after = [step('each', 1), step('each[0]/say', 1), step('each[1]/say', 2, 'other')];
    expect(said(alignSteps(before, after))).toEqual(['same each', 'same each[0]/say', 'changed each[1]/say', 'removed each[2]/say']);
  });

  it('counts another state as a change, and another time as none', () => {
    expect(said(alignSteps([step('a', 1)], [step('a', 9)]))).toEqual(['same a']);
    expect(said(alignSteps([step('a', 1)], [step('a', 1, 'x', 'failed')]))).toEqual(['changed a']);
  });

  it('puts everything of a run that shares nothing before the other', () => {
    expect(said(alignSteps([step('a', 1)], [step('b', 1)]))).toEqual(['removed a', 'added b']);
  });

  it('reads two ids out of an address, and refuses anything else', () => {
    expect(pairIn('run_a..run_b')).toEqual(['run_a', 'run_b']);
    expect(pairIn('run_a')).toBeNull();
    expect(pairIn('run_a..')).toBeNull();
    expect(pairIn('a..b..c')).toBeNull();
  });
});

const marks = (before: string, after: string) => diffLines(before, after).map(({ as, text }) => `${{ same: ' ', removed: '-', added: '+' }[as]}${text}`);

describe('values are compared line by line', () => {
  it('finds the shortest way', () => {
    expect(marks('a\nb\nc\nd', 'a\nc\nx\nd')).toEqual([' a', '-b', ' c', '+x', ' d']);
    expect(marks('', 'a')).toEqual(['+a']);
    expect(marks('a\nb', 'a\nb')).toEqual([' a', ' b']);
    expect(marks('x\ny\nz', 'y')).toEqual(['-x', ' y', '-z']);
  });

  it('gives both texts back whatever they are', () => {
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
    for (let round = 0; round < 200; round += 1) {
      const [one, other] = [0, 0].map(() => Array.from({ length: random(12) }, () => 'abc'[random(3)]).join('\n'));
      const lines = diffLines(one ?? '', other ?? '');
      const side = (gone: string) => lines.filter(({ as }) => as !== gone).map(({ text }) => text).join('\n');
      expect(side('added')).toBe(one);
      expect(side('removed')).toBe(other);
    }
  });

  it('tells texts that share nothing as replaced, however long they are', () => {
    const one = Array.from({ length: 3000 }, (_, at) => `one ${at}`).join('\n');
    const lines = diffLines(one, one.replaceAll('one', 'other'));
    expect(lines).toHaveLength(6000);
    expect(lines[0]?.as).toBe('removed');
  });

  it('does not mind the order of keys', () => {
    expect(textOf({ b: 1, a: 2 })).toBe(textOf({ a: 2, b: 1 }));
  });

  it('leaves out what is the same, and says how much', () => {
    const many = Array.from({ length: 20 }, (_, at) => `line ${at}`);
    const shown = folded(diffLines(many.join('\n'), [...many.slice(0, 10), 'new', ...many.slice(10)].join('\n')));
    expect(shown.filter(({ as }) => as === 'left')).toEqual([
      { as: 'left', count: 7 },
      { as: 'left', count: 7 },
    ]);
  });

  it('cuts long values at the end of a line', () => {
    const { text, cut } = cutText(`${'word\n'.repeat(20_000)}`);
    expect(cut).toBe(true);
    expect(text.length).toBeLessThanOrEqual(MOST_TEXT);
    expect(text.endsWith('word')).toBe(true);
  });
});
