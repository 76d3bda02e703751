import { describe, expect, it } from 'vitest';
import { applyDelta } from './reply';

describe('applyDelta', () => {
  it('appends at the end', () => {
    expect(applyDelta('Hel', 3, 'lo')).toBe('Hello');
  });

  it('rewinds when a step ran again', () => {
    expect(applyDelta('one two three', 4, '2')).toBe('one 2');
  });

  it('counts characters beyond the basic plane once', () => {
    expect(applyDelta('🌊🌊', 2, '!')).toBe('🌊🌊!');
    expect(applyDelta('🌊🌊', 1, '!')).toBe('🌊!');
  });

  it('gives the same reply when a piece arrives twice', () => {
    const once = applyDelta('a', 1, 'b');
    expect(applyDelta(once, 1, 'b')).toBe(once);
  });
});
