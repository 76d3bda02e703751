import { expect, it } from 'vitest';
import { safeNext } from '@/features/session/next';
import { segments } from './highlights';

it('highlights are counted in characters, not in UTF-16 units', () => {
  expect(segments('🌊 key here', [[2, 5]]).map(({ text, hit }) => [text, hit])).toEqual([
    ['🌊 ', false],
    ['key', true],
    [' here', false],
  ]);
});

it('overlapping and wrong highlights lose no text', () => {
  const text = 'abcdef';
  const parts = segments(text, [[3, 99], [0, 2], [1, 4], [5, 5]]);
  expect(parts.map((part) => part.text).join('')).toBe(text);
});

it('signing in never leads to another site', () => {
  for (const next of ['//evil.example', 'https://evil.example', '/\\evil.example', '/login', undefined]) {
    expect(safeNext(next)).toBe('/');
  }
  expect(safeNext('/knowledge/kb_1?q=a')).toBe('/knowledge/kb_1?q=a');
});
