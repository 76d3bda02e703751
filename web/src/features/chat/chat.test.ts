import { describe, expect, it } from 'vitest';
import type { Conversation } from '@/api/types';
import { splitBlocks } from './blocks';
import { sends } from './composer';
import { groupByDate } from './groups';
import { fold, type LiveRun } from './live-runs';

describe('splitBlocks', () => {
  it('cuts at blank lines', () => {
    expect(splitBlocks('one\n\ntwo\nthree\n\n\nfour')).toEqual(['one', 'two\nthree', 'four']);
  });

  it('keeps code fences and loose lists whole', () => {
    const code = '```\na\n\nb\n```';
    const list = '- a\n\n- b\n\n  more';
    expect(splitBlocks(`${code}\n\n${list}\n\nend`)).toEqual([code, list, 'end']);
  });

  it('changes only its last block while text arrives', () => {
    const before = splitBlocks('first\n\nsec');
    const after = splitBlocks('first\n\nsecond\n\nthird');
    expect(after[0]).toBe(before[0]);
  });
});

describe('the composer', () => {
  const key = { key: 'Enter', shiftKey: false, isComposing: false, keyCode: 13 };
  it('sends on Enter', () => expect(sends(key)).toBe(true));
  it('does not send on Shift+Enter', () => expect(sends({ ...key, shiftKey: true })).toBe(false));
  it('does not send while an input method composes', () => {
    expect(sends({ ...key, isComposing: true })).toBe(false);
    expect(sends({ ...key, keyCode: 229 })).toBe(false);
  });
});

describe('a live run', () => {
  const start: LiveRun = { text: '', citations: null, working: null, error: null, lost: false, ended: false };
  it('collects the reply and ends with what the server says it is', () => {
    const written = fold(fold(start, { type: 'message.delta', offset: 0, text: 'Hel' }), {
      type: 'message.delta',
      offset: 3,
      text: 'lo',
    });
    expect(written.text).toBe('Hello');
    expect(fold(written, {
      type: 'run.finished',
      reply: 'Hello.',
      usage: { input_tokens: 1, output_tokens: 1 },
      outputs: {},
    })).toMatchObject({
      text: 'Hello.',
      ended: true,
    });
  });
  it('keeps what was written when it is stopped or fails', () => {
    const written = { ...start, text: 'half' };
    expect(fold(written, { type: 'run.cancelled' })).toMatchObject({ text: 'half', ended: true });
    const error = { code: 'upstream' as const, message: 'The key was refused.' };
    expect(fold(written, { type: 'run.failed', error })).toMatchObject({ text: 'half', error, ended: true });
  });
});

describe('groupByDate', () => {
  it('sorts conversations into the reader’s days', () => {
    const at = (updated_at: string) => ({ id: updated_at, updated_at }) as Conversation;
    const groups = groupByDate(
      [at('2026-03-10T08:00:00'), at('2026-03-09T23:00:00'), at('2026-03-05T12:00:00'), at('2025-01-01T00:00:00')],
      new Date('2026-03-10T09:00:00'),
    );
    expect(groups.map(({ title }) => title)).toEqual(['Today', 'Yesterday', 'Previous 7 days', 'Older']);
  });
});
