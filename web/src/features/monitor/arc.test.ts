import { expect, test } from 'vitest';
import { arc, scaleOf, shareOf } from './arc';

test('a gauge begins at the left, and is full at the right', () => {
  expect(arc(0)).toBe('M 8.00 48.00 A 40 40 0 0 1 8.00 48.00');
  expect(arc(0.5)).toContain('48.00 8.00');
  expect(arc(1)).toContain('88.00 48.00');
  expect(arc(7)).toBe(arc(1));
});

test('what is above its threshold is seen to be', () => {
  expect(scaleOf(80, null)).toBe(100);
  expect(scaleOf(80, 100)).toBe(100);
  expect(scaleOf(null, null)).toBeNull();
  expect(scaleOf(0, null)).toBeNull();
  expect(shareOf(90, 100)).toBe(0.9);
  expect(shareOf(190, 100)).toBe(1);
  expect(shareOf(1, 0)).toBe(0);
});
