import { expect, test } from 'vitest';
import { arc, roundAbove, scaleOf, shareOf } from './arc';
import { lonely } from './lonely';
import { dollarAxis } from './say';

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

test('without a threshold, the scale ends at a round number above the most there was', () => {
  expect([36, 0.0029, 4, 5, 182].map((value) => Number(roundAbove(value)?.toPrecision(6)))).toEqual([50, 0.005, 5, 10, 500]);
  expect([roundAbove(0), scaleOf(null, null, 0)]).toEqual([null, null]);
  expect(scaleOf(null, null, 36)).toBe(50);
  expect(scaleOf(80, null, 900)).toBe(100);
});

test('a value without neighbours is a point', () => {
  expect(lonely([1, null, 2, 3, null, 4, null])).toEqual([0, 5]);
  expect(lonely([null, 7])).toEqual([1]);
  expect(lonely([1, 2, 3])).toEqual([]);
});

test('costs beside each other have as many digits', () => {
  expect(dollarAxis([0, 0.5, 1])).toEqual(['$0.00', '$0.50', '$1.00']);
  expect(dollarAxis([0, 0.0005, 0.001])).toEqual(['$0.0000', '$0.0005', '$0.0010']);
  expect(dollarAxis([0, 20, 40])).toEqual(['$0.00', '$20.00', '$40.00']);
});
