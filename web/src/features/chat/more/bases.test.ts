import { describe, expect, it } from 'vitest';
import { type Base, saidBases, searchesIn } from './bases';

describe('a flow that can be asked of other knowledge bases', () => {
  it('searches in one of its nodes, or inside of a container', () => {
    expect(searchesIn([{ kind: 'chat' }, { kind: 'each', body: { nodes: [{ kind: 'retrieve' }] } }])).toBe(true);
    expect(searchesIn([{ kind: 'chat' }, { kind: 'each', body: null }])).toBe(false);
  });
});

describe('where is searched', () => {
  const bases = [{ slug: 'birds', name: 'Birds of the river' } as Base];
  const many = (count: number) => `${count} bases`;

  it('is said by name, by slug where it is gone, by number where there are several', () => {
    expect(saidBases([], bases, many)).toBe('');
    expect(saidBases(['birds'], bases, many)).toBe('Birds of the river');
    expect(saidBases(['gone'], bases, many)).toBe('gone');
    expect(saidBases(['birds', 'gone'], bases, many)).toBe('2 bases');
  });
});
