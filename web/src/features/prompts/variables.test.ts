import { describe, expect, it } from 'vitest';
import { filled, joined, variablesOf } from './variables';

describe('variables of a prompt', () => {
  it('are found once each and in order', () => {
    expect(variablesOf('To {{ customer }} about {{the matter}}, {{customer}}; {{语言}}')).toEqual(['customer', 'the matter', '语言']);
  });

  it('are what the server takes for them', () => {
    for (const text of ['{{}}', '{{ }}', '{{a', '{a}', '{{a\nb}}', '{{a}', '}}a{{', `{{${'x'.repeat(61)}}}`]) expect(variablesOf(text)).toEqual([]);
    expect(variablesOf('{{{a}}} {{b{{c}}')).toEqual(['a', 'c']);
  });

  it('give way to what was typed, literally, and stay where nothing was', () => {
    const text = '{{a}} and {{ a }}, {{b}}';
    expect(filled(text, { a: '$& {{b}}', b: '' })).toBe('$& {{b}} and $& {{b}}, {{b}}');
    expect(filled('{{toString}}', {})).toBe('{{toString}}');
  });
});

describe('a prompt that is inserted', () => {
  it('stands alone, or after what was typed', () => {
    expect(joined(' ', 'Sum this up.')).toBe('Sum this up.');
    expect(joined('First. \n', 'Then this.')).toBe('First.\nThen this.');
  });
});
