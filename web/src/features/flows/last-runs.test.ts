import { describe, expect, it } from 'vitest';
import type { FlowSummary } from './api';
import { tagsOf } from './flows-page';
import { heights } from './last-runs';

describe('heights of bars', () => {
  it('tell times that are far apart', () => {
    const [short, middle, long] = heights([0.01, 1, 100]);
    expect(short).toBeGreaterThan(0);
    expect(middle).toBeGreaterThan(short ?? 0);
    expect(long).toBe(20);
  });

  it('are alike for times that are alike', () => {
    expect(new Set(heights([2, 2, 2])).size).toBe(1);
    expect(heights([0])).toEqual([12]);
  });
});

describe('tags of flows', () => {
  it('come with their counts, frequent ones first', () => {
    const flow = (...tags: string[]) => ({ tags }) as FlowSummary;
    expect(tagsOf([flow('b'), flow('a', 'c'), flow('c')])).toEqual([
      { tag: 'c', count: 2 },
      { tag: 'a', count: 1 },
      { tag: 'b', count: 1 },
    ]);
  });
});
