import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FIXED } from './outputs';
import { FlowSchema, type Schema } from './schema';

const read = (name: string) => readFileSync(new URL(`../../../../docs/reference/${name}`, import.meta.url), 'utf8');
const schema = new FlowSchema(JSON.parse(read('flow.schema.json')) as Schema);
const shapes = (kind: string) =>
  Object.fromEntries(schema.fieldsOf(schema.settingsOf(kind)).map((field) => [field.name, schema.shapeOf(field.schema).as]));

describe('forms from the schema of a flow file', () => {
  it('knows every kind, each with what it does', () => {
    const kinds = schema.kinds();
    expect(kinds.length).toBeGreaterThan(20);
    expect(kinds.every(({ help }) => help !== '')).toBe(true);
    expect(kinds.map(({ kind }) => kind)).toContain('chat');
  });

  it('asks for each setting in its own way', () => {
    expect(shapes('chat')).toMatchObject({
      messages: 'list',
      model: 'text',
      temperature: 'number',
      reasoning_effort: 'choice',
      history: 'variants',
      response_schema: 'map',
      fallbacks: 'list',
    });
    expect(shapes('http')).toMatchObject({ auth: 'variants', body: 'variants', method: 'choice', follow_redirects: 'switch', headers: 'map' });
    expect(shapes('each')).toMatchObject({ items: 'any', concurrency: 'number', on_error: 'choice', output: 'any' });
    expect(shapes('loop')).toMatchObject({ until: 'record', variables: 'map' });
    expect(shapes('retrieve')).toMatchObject({ filter: 'variants', knowledge_bases: 'list', mode: 'choice', query: 'text' });
  });

  it('has a form for every setting of every kind, at any depth', () => {
    const seen = new Set<string>();
    const visit = (raw: Schema | true, depth: number) => {
      const shape = schema.shapeOf(raw);
      seen.add(shape.as);
      expect(() => schema.blank(raw)).not.toThrow();
      if (depth > 4) return;
      if (shape.as === 'list') visit(shape.item, depth + 1);
      if (shape.as === 'map') visit(shape.value, depth + 1);
      if (shape.as === 'record') for (const field of shape.fields) visit(field.schema, depth + 1);
      if (shape.as === 'variants') for (const variant of shape.variants) visit(variant.schema, depth + 1);
    };
    for (const { kind } of schema.kinds()) visit(schema.settingsOf(kind), 0);
    for (const name of ['inputs', 'outputs', 'environment', 'variables']) visit(schema.field(name), 0);
    expect(seen.size).toBe(9);
  });

  it('tells the forms of a value apart', () => {
    const auth = schema.shapeOf(schema.fieldsOf(schema.settingsOf('http')).find(({ name }) => name === 'auth')?.schema ?? {});
    if (auth.as !== 'variants') throw new Error('auth has variants');
    expect(auth.variants.map(({ name }) => name)).toEqual(['bearer', 'basic']);
    expect(auth.variants[0]?.initial()).toEqual({ type: 'bearer', token: '' });
    expect(auth.variants[1]?.fits({ type: 'basic', user: 'x' })).toBe(true);
    const history = schema.shapeOf({ $ref: '#/$defs/chat.History' });
    if (history.as !== 'variants') throw new Error('history has variants');
    expect(history.variants.map(({ fits }) => fits(6))).toEqual([true, false]);
    expect(history.variants.map(({ fits }) => fits({ turns: 6 }))).toEqual([false, true]);
    const filter = schema.shapeOf({ $ref: '#/$defs/retrieve.Filter' });
    if (filter.as !== 'variants') throw new Error('filters have variants');
    expect(filter.variants.map(({ name }) => name)).toContain('equals');
    expect(filter.variants.find(({ name }) => name === 'equals')?.initial()).toMatchObject({ equals: { field: '' } });
  });

  it('fills a new node with what it must have', () => {
    expect(schema.blankRecord(schema.settingsOf('template'))).toEqual({ text: '' });
    expect(schema.blankRecord(schema.settingsOf('chat'))).toEqual({ messages: [] });
    expect(schema.blankRecord(schema.settingsOf('code'))).toEqual({ language: 'javascript', code: '', outputs: {} });
  });

  it('says the long texts and the templates', () => {
    const text = (kind: string, name: string) =>
      schema.shapeOf(schema.fieldsOf(schema.settingsOf(kind)).find((field) => field.name === name)?.schema ?? {});
    expect(text('answer', 'text')).toMatchObject({ template: true });
    expect(text('note', 'text')).toMatchObject({ template: false, long: true });
    expect(text('chat', 'model')).toMatchObject({ template: false, long: false });
  });
});

describe('what nodes give', () => {
  it('is what the reference says', () => {
    const pages = read('nodes.md').split(/^## /m).slice(1);
    let compared = 0;
    for (const page of pages) {
      const kind = /^`(\w+)`/.exec(page)?.[1] ?? '';
      const line = /^Outputs: (.*)$/m.exec(page)?.[1] ?? '';
      const names = [...line.matchAll(/`(\w+)`/g)].map((match) => match[1]);
      if (names.length === 0) continue;
      expect((FIXED[kind] ?? []).map(({ name }) => name), kind).toEqual(names);
      compared += 1;
    }
    expect(compared).toBe(Object.keys(FIXED).length);
  });
});
