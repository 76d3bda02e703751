import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exported, readFlow, writeFlow } from './file';

const examples = new URL('../../../../examples/', import.meta.url);
const files = readdirSync(examples, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'));

describe('flow files', () => {
  it('are read, and written so that they read the same', async () => {
    expect(files.length).toBeGreaterThan(5);
    for (const name of files) {
      const flow = await readFlow(readFileSync(new URL(name, examples), 'utf8'));
      if (!flow) throw new Error(`${name} is a flow`);
      for (const format of ['yaml', 'json'] as const) expect(await readFlow(await writeFlow(flow, format)), name).toEqual(flow);
    }
  });

  it('keep texts that look like something else', async () => {
    const flow = { headwater: 1, name: '2026-01-01', kind: 'task', nodes: [{ id: 'yes', kind: 'template', settings: { text: 'no' } }] } as const;
    expect(await readFlow(await writeFlow(structuredClone(flow) as never, 'yaml'))).toEqual(flow);
    expect((await readFlow('headwater: 1\nname: 2026-01-01\nkind: task'))?.name).toBe('2026-01-01');
  });

  it('name their flow, and what is no flow is told apart', async () => {
    expect(Object.keys(exported('x', { headwater: 1, name: 'X', kind: 'task', nodes: [] }))).toEqual(['headwater', 'slug', 'name', 'kind', 'nodes']);
    expect(await readFlow('just: text')).toBeNull();
    expect(await readFlow('')).toBeNull();
    await expect(readFlow('a: [')).rejects.toThrow();
  });
});
