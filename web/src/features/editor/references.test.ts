import { describe, expect, it } from 'vitest';
import { growth, LINEAR } from '@/testing/growth';
import { namedIn } from './references';

const names = (text: string) => namedIn(text).map(({ name }) => name);

describe('the values that a text names', () => {
  it('are told in their order, with where they stand', () => {
    const text = 'Hello {{ start.name }}, {{ write.items[0].title | upper }}';
    expect(names(text)).toEqual(['start.name', 'write.items[0].title']);
    for (const { from, to } of namedIn(text)) expect(text.slice(from, to)).toMatch(/^\{\{.*\}\}$/);
  });

  it('are none in blocks, in halves and in plain texts', () => {
    expect(names('{% if start.x %} {{ 1 + 1 }} {{ open')).toEqual([]);
    expect(names('{{item}} {{- loop.round -}}')).toEqual(['item', 'loop.round']);
  });

  it('are found in a time that grows with hostile texts, not with their square', () => {
    expect(growth((size) => namedIn('{{ a'.repeat(size)), 3_000)).toBeLessThan(LINEAR);
  });
});
