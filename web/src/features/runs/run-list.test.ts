import { describe, expect, it } from 'vitest';
import type { Run } from './api';
import { askedOf, cameOf } from './preview';
import { readBackTo, reconcile, type RunPages, timeOf, updated } from './run-list';

const run = (at: number, more: object = {}) => ({ id: `run_${at}`, created_at: `2026-01-01T00:00:${String(at).padStart(2, '0')}Z`, status: 'succeeded', ...more }) as Run;
const page = (ats: number[], next: string | null = null) => ({ items: ats.map((at) => run(at)), next });
const read = (...pages: RunPages['pages']): RunPages => ({ pages, pageParams: pages.map((_, index) => (index === 0 ? undefined : `p${index}`)) });
const ids = ({ pages }: RunPages) => pages.map(({ items }) => items.map(({ id }) => Number(id.slice(4))));

describe('a list of runs that is looked at again', () => {
  it('has new runs in front and keeps what was read further back', () => {
    const before = read(page([9, 8, 7], 'n7'), page([6, 5, 4], 'n4'));
    const after = reconcile(before, page([11, 10, 9], 'n9'));
    expect(ids(after)).toEqual([[11, 10, 9, 8, 7], [6, 5, 4]]);
    expect(after.pages.map(({ next }) => next)).toEqual(['n7', 'n4']);
  });

  it('loses what no longer fits, and knows the state of what does', () => {
    const before = read({ items: [run(9, { status: 'running' }), run(8)], next: 'n8' }, page([7, 6]));
    const after = reconcile(before, { items: [run(9), run(7)], next: 'n7' });
    expect(ids(after)).toEqual([[9, 7], [6]]);
    expect(after.pages[0]?.items[0]?.status).toBe('succeeded');
  });

  it('begins anew where more came than one page has, and is all there is without a next one', () => {
    const before = read(page([3, 2], 'n2'), page([1]));
    expect(ids(reconcile(before, page([9, 8, 7], 'n7')))).toEqual([[9, 8, 7]]);
    expect(ids(reconcile(before, page([4, 3])))).toEqual([[4, 3]]);
    expect(ids(reconcile(before, page([])))).toEqual([[]]);
  });

  it('keeps what a search read when its first page has nothing', () => {
    const before = read(page([], 'n9'), page([3], 'n2'));
    expect(reconcile(before, page([], 'n9'))).toBe(before);
  });

  it('takes in runs that went on behind the first page', () => {
    const before = read(page([9, 8]), page([7, 6]));
    expect(updated(before, [run(7, { status: 'failed' })], {}).pages[1]?.items[0]?.status).toBe('failed');
    expect(ids(updated(before, [run(7, { status: 'failed' })], { status: 'succeeded' }))).toEqual([[9, 8], [6]]);
  });

  it('says how far back it was read', () => {
    const id = 'run_01a202ca988f7474a05d31187046b210';
    expect(new Date(timeOf(id) ?? 0).toISOString()).toBe('2026-11-22T10:26:01.487Z');
    expect(readBackTo(read(page([], id)))).toBe(timeOf(id));
    expect(readBackTo(read(page([1])))).toBeNull();
  });
});

describe('the preview of a run', () => {
  it('has the question, or the inputs', () => {
    expect(askedOf({ input: { history: [1], question: ' Why?\n Because. ' } })).toBe('Why? Because.');
    expect(askedOf({ input: { name: 'Ada', tags: ['a', 'b'], none: null, empty: [], by: 0 } })).toBe('Ada · ["a","b"] · 0');
    expect(askedOf({ input: {} })).toBe('');
    expect(askedOf({ input: { text: 'x'.repeat(9000) } })).toHaveLength(240);
  });

  it('has what came of it', () => {
    expect(cameOf({ error: { code: 'invalid', message: 'No.' }, reply: 'x', outputs: {} })).toBe('No.');
    expect(cameOf({ error: null, reply: 'Hello\nyou', outputs: { a: 1 } })).toBe('Hello you');
    expect(cameOf({ error: null, reply: '', outputs: { greeting: 'Hi' } })).toBe('Hi');
    expect(cameOf({ error: null, reply: '', outputs: { a: 1 } })).toBe('{"a":1}');
    expect(cameOf({ error: null, reply: '', outputs: {} })).toBe('');
  });
});
