import { describe, expect, it } from 'vitest';
import { errorFrom, networkError } from '@/api/errors';
import { brokeOff, clock, mayBeCalled, shortName } from './hub-name';

describe('a model of the hub', () => {
  it('is named by its owner and itself, perhaps with a revision', () => {
    expect(shortName(' sentence-transformers/all-MiniLM-L6-v2 ')).toBe('all-MiniLM-L6-v2');
    expect(shortName('BAAI/bge-small-en-v1.5@main')).toBe('bge-small-en-v1.5');
    for (const wrong of ['', 'MiniLM', 'a/b/c', '/b', 'a/', '.a/b', 'a/.b', 'a b/c', 'a/b@', 'a/b@c@d', `a/${'b'.repeat(97)}`]) {
      expect(shortName(wrong)).toBeNull();
    }
  });

  it('is called what a file may be called', () => {
    expect(['all-MiniLM-L6-v2', '7b', 'a_b.c'].every(mayBeCalled)).toBe(true);
    expect(['', '-a', '.a', 'a/b', 'ä', 'a'.repeat(65)].some(mayBeCalled)).toBe(false);
  });

  it('takes as long as a clock says', () => {
    expect([-1, 0, 7.9, 60, 754].map(clock)).toEqual(['0:00', '0:00', '0:07', '1:00', '12:34']);
  });

  it('may be there although nobody answered', () => {
    const answered = (status: number) => errorFrom({ status, headers: { get: () => null } }, null);
    expect(brokeOff(networkError())).toBe(true);
    expect(brokeOff(answered(504))).toBe(true);
    expect(brokeOff(answered(502))).toBe(false);
  });
});
