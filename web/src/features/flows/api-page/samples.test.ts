import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { pythonOf, sample, sampleOf, TONGUES } from './samples';

const INPUT = { question: `It's "fine" $HOME \`x\` \\ 泉`, count: 2, really: true, none: null, list: ['a', false], empty: {} };
const call = (mode: 'invoke' | 'stream') => ({ origin: 'http://localhost:3000', slug: 'ask', input: INPUT, mode });

describe('examples of calling a flow', () => {
  it('name the real address and the inputs, in every language', () => {
    for (const tongue of TONGUES) {
      expect(sample(tongue, call('invoke'))).toContain('http://localhost:3000/api/v1/flows/ask/invoke');
      expect(sample(tongue, call('stream'))).toContain('/flows/ask/stream');
      expect(sample(tongue, call('invoke'))).toContain('question');
    }
  });

  it('survive a shell whatever is typed', () => {
    const text = sample('curl', call('invoke')).replace('curl', 'printf "%s\\n"');
    const said = execFileSync('sh', ['-c', text], { env: { HEADWATER_KEY: 'k', HOME: '/nowhere' } }).toString().trim().split('\n');
    expect(JSON.parse(said.at(-1) ?? '')).toEqual({ input: INPUT });
  });

  it('are JavaScript that can be read', () => {
    const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor as new (text: string) => unknown;
    for (const mode of ['invoke', 'stream'] as const) expect(() => new AsyncFunction(sample('javascript', call(mode)))).not.toThrow();
  });

  it('hold a key that was made for them, and name the environment otherwise', () => {
    for (const tongue of TONGUES) {
      expect(sample(tongue, call('invoke'))).toContain('HEADWATER_KEY');
      const held = sample(tongue, { ...call('invoke'), key: 'hw_0123' });
      expect(held).toContain('Bearer hw_0123');
      expect(held).not.toContain('HEADWATER_KEY');
    }
  });

  it('write values as Python does', () => {
    expect(pythonOf({ a: true, b: null, c: ['True'] })).toBe('{\n    "a": True,\n    "b": None,\n    "c": [\n        "True",\n    ],\n}');
  });

  it('stand in for inputs with a value of their type', () => {
    expect(sampleOf({ name: 'first_name', type: 'string' })).toBe('your first name');
    expect(sampleOf({ name: 'a', type: 'number', default: 7 })).toBe(7);
    expect(sampleOf({ name: 'a', type: 'string', options: ['red', 'blue'] })).toBe('red');
    expect(sampleOf({ name: 'a', type: 'list' })).toEqual([]);
  });
});
