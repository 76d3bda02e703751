import { describe, expect, it } from 'vitest';
import { type Key, KeyReader, PATIENCE } from './keys';
import { fit } from './match';

const key = (name: string, more: Partial<Key> = {}): Key => ({
  key: name,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  isComposing: false,
  keyCode: 0,
  ...more,
});
const read = (event: Key, typing = false, single = true) => new KeyReader().read(event, typing, single, 0);

describe('shortcuts', () => {
  it('open the palette, also while something is typed', () => {
    expect(read(key('k', { metaKey: true }), true)).toEqual({ do: 'palette' });
    expect(read(key('K', { ctrlKey: true }), false, false)).toEqual({ do: 'palette' });
  });

  it('of a single key do nothing while something is typed, or when they are off', () => {
    for (const name of ['/', '?', 'j', 'k', 'g']) {
      expect(read(key(name), true)).toBeNull();
      expect(read(key(name), false, false)).toBeNull();
    }
    expect(read(key('?'))).toEqual({ do: 'help' });
    expect(read(key('j'))).toEqual({ do: 'move', by: 1 });
  });

  it('do nothing while an input method composes', () => {
    expect(read(key('k', { ctrlKey: true, isComposing: true }))).toBeNull();
    expect(read(key('/', { keyCode: 229 }))).toBeNull();
  });

  it('go to a page with g and its letter, pressed soon after', () => {
    const reader = new KeyReader();
    expect(reader.read(key('g'), false, true, 0)).toBeNull();
    expect(reader.read(key('k'), false, true, 500)).toEqual({ do: 'go', to: '/knowledge' });
    expect(reader.read(key('k'), false, true, 600)).toEqual({ do: 'move', by: -1 });
    reader.read(key('g'), false, true, 700);
    expect(reader.read(key('f'), false, true, 800)).toEqual({ do: 'go', to: '/flows' });
    reader.read(key('g'), false, true, 1000);
    expect(reader.read(key('k'), false, true, 1000 + PATIENCE)).toEqual({ do: 'move', by: -1 });
  });
});

describe('the palette', () => {
  it('finds names by parts of their words, whatever their accents', () => {
    expect(fit('Über Schlüssel', 'schlu')).toBeGreaterThan(0);
    expect(fit('About keys', 'keys about')).toBeGreaterThan(0);
    expect(fit('About keys', 'locks')).toBe(0);
    expect(fit('关于密钥', '密钥')).toBeGreaterThan(0);
  });

  it('puts names that begin with the text first', () => {
    expect(fit('Runs', 'ru')).toBeGreaterThan(fit('Old runs', 'ru'));
    expect(fit('Old runs', 'ru')).toBeGreaterThan(fit('Brutal', 'ru'));
  });
});
