import { describe, expect, it } from 'vitest';
import { findLetters, lettersOf } from './find';
import { GAP, layoutOf, pageAt, sharpness, zoomed } from './layout';
import { marksOf } from './marks';
import { chunkAt, lined } from './places';

const found = (page: string, text: string) => {
  const letters = lettersOf(page);
  return findLetters(letters, text).map(({ start, end }) => page.slice(letters.starts[start], letters.ends[end - 1]));
};

describe('text on a page', () => {
  it('is found whatever blanks, hyphens, ligatures, accents and case are written', () => {
    expect(found('The har-\nvest of  ﬁne péars', 'harvest of fine pears')).toEqual(['har-\nvest of  ﬁne péars']);
    expect(found('THE PRESS', 'the press')).toEqual(['THE PRESS']);
    expect(found('八月采收梨子。地窖', '采收 梨子')).toEqual(['采收梨子']);
  });

  it('is found sentence by sentence where the page has more between them', () => {
    const page = 'Pears are picked in August. Page 3 of Handbook of the orchard. They ripen in the cellar.';
    expect(found(page, 'Pears are picked in August. They ripen in the cellar.')).toEqual(['Pears are picked in August', 'They ripen in the cellar']);
  });

  it('is found by its ends where its middle is written differently', () => {
    expect(found('the cellar is kept at 11 degrees all the year round', 'The cellar is kept at eleven degrees all the year round')).toHaveLength(1);
  });

  it('is not found where it is not', () => {
    expect(found('Nothing of the kind', 'Quinces are picked in October.')).toEqual([]);
    expect(found('Nothing', '–')).toEqual([]);
  });
});

describe('the chunks of a page', () => {
  const chunk = (id: string, text: string, page: number | null, index = 0) => ({ id, text, page, index, source_text: null });
  const items = ['Pears are picked', ' ', 'in August.', 'Apples are picked', 'in September.'];

  it('stand in the texts it consists of, with the mark that ends them', () => {
    const marks = marksOf(items, [chunk('a', 'Pears are picked in August.', 2), chunk('b', 'Apples are picked in September.', 2)], 2);
    expect(marks[0]).toEqual({ id: 'a', pieces: [{ item: 0, start: 0, end: 16 }, { item: 1, start: 0, end: 1 }, { item: 2, start: 0, end: 10 }] });
    expect(marks[1]?.pieces).toEqual([{ item: 3, start: 0, end: 17 }, { item: 4, start: 0, end: 13 }]);
  });

  it('are the page as a whole where their text is not', () => {
    expect(marksOf([], [chunk('a', 'Read from a picture.', 1)], 1)).toEqual([{ id: 'a', pieces: [] }]);
  });

  it('go on from the page before, when much of them does', () => {
    const long = 'The oldest trees were planted in 1932. None of them has been sprayed since the year 1996, and all of them bear fruit.';
    const here = ['None of them has been sprayed since the year 1996, and all of them bear fruit.'];
    expect(marksOf(here, [chunk('a', long, 1), chunk('b', 'Elsewhere.', 3)], 2).map(({ id }) => id)).toEqual(['a']);
    expect(marksOf(['None of it.'], [chunk('a', long, 1)], 2)).toEqual([]);
  });
});

describe('places on a page', () => {
  const line = (left: number, top: number, width = 0.2) => ({ left, top, width, height: 0.02 });

  it('become one where they follow each other on a line', () => {
    const [one, other, ...more] = lined([line(0.1, 0.1), line(0.31, 0.1), line(0.1, 0.13)], 0.7);
    expect(more).toEqual([]);
    expect(one?.width).toBeCloseTo(0.41);
    expect(other).toEqual(line(0.1, 0.13));
  });

  it('lead to the chunk at a point, or to the nearest one', () => {
    const placed = [{ id: 'a', rects: [line(0.1, 0.1)] }, { id: 'b', rects: [line(0.1, 0.5)] }];
    expect(chunkAt(placed, 0.2, 0.11)).toEqual({ over: 'a', nearest: 'a' });
    expect(chunkAt(placed, 0.9, 0.45)).toEqual({ over: null, nearest: 'b' });
    expect(chunkAt([], 0.5, 0.5)).toBeNull();
  });
});

describe('pages', () => {
  const sizes = [{ width: 600, height: 800 }, { width: 800, height: 600 }, { width: 1, height: 100_000 }];

  it('are as wide as the pane, below each other, and none is endless', () => {
    const { pages, height } = layoutOf(sizes, 624, 1);
    expect(pages.map(({ top, width }) => [top, width])).toEqual([[GAP, 600], [GAP + 800 + GAP, 600], [GAP + 800 + GAP + 450 + GAP, 600]]);
    expect(height).toBe((pages[2]?.top ?? 0) + 20 * 600 + GAP);
  });

  it('are found by their height', () => {
    const layout = layoutOf(sizes, 624, 1);
    expect([0, 811, 812, 813, 99_999].map((height) => pageAt(layout, height))).toEqual([0, 0, 0, 1, 2]);
  });

  it('are sharp, and not more than a browser can draw', () => {
    expect(sharpness({ width: 600, height: 800 }, 2)).toBe(2);
    expect(600 * sharpness({ width: 600, height: 12_000 }, 2)).toBeLessThan(600);
  });

  it('become larger and smaller by steps', () => {
    expect([zoomed(1, 1), zoomed(1, -1), zoomed(4, 1), zoomed(0.5, -1)]).toEqual([1.25, 0.8, 4, 0.5]);
  });
});
