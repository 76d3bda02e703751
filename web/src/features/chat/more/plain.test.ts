import { describe, expect, it } from 'vitest';
import { markTaken, plainText, sentencesOf } from './plain';

const taken = (passage: string, answer: string) =>
  markTaken(passage, answer)
    .filter((piece) => piece.taken)
    .map(({ text }) => text);

describe('plainText', () => {
  it('leaves out marks and keeps words and lines', () => {
    expect(plainText('## Keys\n\nIt has **no** `key` and [a guide](https://x.y/z).\n- one\n- *two*')).toBe(
      'Keys\n\nIt has no key and a guide.\n• one\n• two',
    );
  });
  it('leaves names with underscores and products alone', () => {
    expect(plainText('Set max_file_size to 3 * 4 * 5, and __all__ of it.')).toBe('Set max_file_size to 3 * 4 * 5, and all of it.');
  });
  it('keeps code without its fences', () => {
    expect(plainText('```sh\nheadwater serve\n```\nDone.')).toBe('headwater serve\nDone.');
  });
});

describe('markTaken', () => {
  const passage = 'Rivers begin small. They grow on their way.\nThe sea takes them all.';
  it('marks the sentences that the answer took, over line ends', () => {
    expect(taken(passage, 'They **grow** on their way. [1] The sea takes them all [2].')).toEqual(['They grow on their way.', 'The sea takes them all.']);
  });
  it('marks the whole passage when the answer says it in its own words', () => {
    expect(taken(passage, 'Every river is small at first. [1]')).toEqual([passage]);
  });
  it('loses nothing of the passage', () => {
    expect(markTaken(passage, 'They grow on their way. [1]').map(({ text }) => text).join('')).toBe(passage);
  });
  it('knows sentences without spaces between them', () => {
    expect(sentencesOf('河流起初都很小，后来才变大。[1]海洋容纳了所有的河流与溪水。[2]')).toHaveLength(2);
  });
  it('takes signs of patterns as they are', () => {
    expect(taken('Call f(x) [a|b]* to begin (now).', 'Call f(x) [a|b]* to begin (now). [1]')).toEqual(['Call f(x) [a|b]* to begin (now).']);
  });
});
