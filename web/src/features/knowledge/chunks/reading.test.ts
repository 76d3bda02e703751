import { describe, expect, it } from 'vitest';
import type { Chunk } from '@/api/types';
import { overlap, sectionsOf } from './reading';

describe('what was read', () => {
  it('says nothing twice where chunks overlap', () => {
    expect(overlap('Pears ripen in the cellar for weeks.', 'in the cellar for weeks. Apples do not.')).toBe(24);
    expect(overlap('Pears ripen in the cellar.', 'Apples ripen in the cellar.')).toBe(0);
    expect(overlap('the the', 'the')).toBe(0);
  });

  it('stands under its headings, in order', () => {
    const chunk = (id: string, heading: string | null, text: string, index: number | null): Chunk =>
      ({ id, heading, text, index, page: null, source_text: null }) as unknown as Chunk;
    const sections = sectionsOf([
      chunk('a', 'Fruit › Pears', 'Pears are picked in August.', 0),
      chunk('b', 'Fruit › Pears', 'are picked in August. They are hard.', 1),
      chunk('c', 'Fruit › Apples', 'Apples follow.', 2),
      chunk('d', null, 'Added by hand.', null),
    ]);
    expect(sections.map(({ heading, depth, paragraphs }) => [heading, depth, paragraphs.map(({ text }) => text)])).toEqual([
      ['Pears', 1, ['Pears are picked in August.', 'They are hard.']],
      ['Apples', 1, ['Apples follow.']],
    ]);
  });
});
