import { describe, expect, it } from 'vitest';
import { diffLines } from '@/features/runs/diff/lines';
import { diffWords, withWords } from './words-diff';

describe('words that differ', () => {
  it('are told from those that do not', () => {
    expect(diffWords('Answer in two sentences.', 'Answer in three sentences.')).toEqual([
      { as: 'same', text: 'Answer in ' },
      { as: 'removed', text: 'two' },
      { as: 'added', text: 'three' },
      { as: 'same', text: ' sentences.' },
    ]);
  });

  it('are found letter by letter where no spaces are written', () => {
    expect(diffWords('用两句话回答', '用三句话回答').filter(({ as }) => as !== 'same')).toEqual([
      { as: 'removed', text: '两' },
      { as: 'added', text: '三' },
    ]);
  });

  it('are marked in the lines that took the place of others, and new lines are whole', () => {
    const rows = withWords(diffLines('You help.\nBe brief.\nBe kind.', 'You help.\nBe very brief.\nBe kind.\nStop.'));
    expect(rows.map(({ as }) => as)).toEqual(['same', 'removed', 'added', 'same', 'added']);
    expect(rows[2]?.pieces.filter(({ marked }) => marked).map(({ text }) => text.trim())).toEqual(['very']);
    expect(rows[4]?.pieces).toEqual([{ text: 'Stop.', marked: false }]);
  });

  it('keep the text as it was', () => {
    const [one, other] = ['a  b\tc "d"', 'a b\tc "e"\u00e9'];
    const pieces = diffWords(one, other);
    expect(pieces.filter(({ as }) => as !== 'added').map(({ text }) => text).join('')).toBe(one);
    expect(pieces.filter(({ as }) => as !== 'removed').map(({ text }) => text).join('')).toBe(other);
  });
});
