import { describe, expect, it } from 'vitest';
import { changedKeys, isYetToCome, stateOf } from './problems';

const problem = (node: string, field: string | null) => ({ node, field, message: 'It is empty.', fix: 'Fill it in.' });

describe('problems of a new node', () => {
  const fresh = new Map([['chat', new Set(['model'])]]);

  it('are not its fault where nobody has been yet', () => {
    expect(isYetToCome(fresh, problem('chat', 'messages[0].content'))).toBe(true);
    expect(isYetToCome(fresh, problem('chat', null))).toBe(true);
    expect(isYetToCome(fresh, problem('chat', 'model'))).toBe(false);
    expect(isYetToCome(fresh, problem('other', 'messages'))).toBe(false);
  });

  it('mark it once one of them is', () => {
    expect(stateOf({ problems: [], fresh }, 'chat')).toBe(null);
    expect(stateOf({ problems: [problem('chat', 'messages')], fresh }, 'chat')).toBe('unfinished');
    expect(stateOf({ problems: [problem('chat', 'messages'), problem('chat', 'model')], fresh }, 'chat')).toBe('wrong');
    expect(stateOf({ problems: [problem('chat', 'messages')], fresh: new Map() }, 'chat')).toBe('wrong');
  });

  it('come with the settings that were changed', () => {
    const messages = [{}];
    expect(changedKeys({ messages, model: 'a' }, { messages, model: 'b', seed: 1 })).toEqual(['model', 'seed']);
  });
});
