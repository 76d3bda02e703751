import { describe, expect, it } from 'vitest';
import { begin, collect, fromFormField, fromSchema } from './fields';

const SCHEMA = {
  type: 'object',
  required: ['city', 'days'],
  properties: {
    city: { type: 'string', title: 'City', description: 'Where to look.' },
    days: { type: 'integer', default: 3 },
    units: { enum: ['metric', 'imperial'], default: 'imperial' },
    exact: { type: ['boolean', 'null'] },
    tags: { type: 'array', items: { type: 'string' } },
    box: { type: 'object', properties: { west: { type: 'number' } } },
    letter: { type: 'string', maxLength: 5000 },
    any: {},
  },
};

describe('a form from a JSON Schema', () => {
  it('asks for each property in its own way', () => {
    const fields = fromSchema(SCHEMA) ?? [];
    expect(Object.fromEntries(fields.map(({ name, widget }) => [name, widget]))).toEqual({
      city: 'text',
      days: 'number',
      units: 'choice',
      exact: 'switch',
      tags: 'list',
      box: 'json',
      letter: 'lines',
      any: 'json',
    });
    expect(fields[0]).toMatchObject({ label: 'City', help: 'Where to look.', required: true });
    expect(begin(fields)).toEqual({ city: '', days: '3', units: '1', exact: false, tags: '', box: '', letter: '', any: '' });
  });

  it('sends values of the right types and leaves out what is empty', () => {
    const fields = fromSchema(SCHEMA) ?? [];
    const typed = { city: 'Bern', days: '2', units: '0', exact: true, tags: 'a\n\nb', box: '{"west":1.5}', letter: '', any: 'null' };
    expect(collect(fields, typed)).toEqual({
      values: { city: 'Bern', days: 2, units: 'metric', exact: true, tags: ['a', 'b'], box: { west: 1.5 }, any: null },
      wrong: {},
    });
  });

  it('says what does not fit', () => {
    const fields = fromSchema(SCHEMA) ?? [];
    const { wrong } = collect(fields, { city: '', days: '2.5', units: '', box: '{' });
    expect(wrong).toEqual({ city: 'required', days: 'whole', box: 'json' });
    expect(collect(fields, { city: 'x', days: 'many' }).wrong).toEqual({ days: 'number' });
  });

  it('knows when a schema does not say its fields', () => {
    expect(fromSchema({ type: 'object' })).toBeNull();
    expect(fromSchema(null)).toBeNull();
    expect(fromSchema({ type: 'object', properties: {} })).toEqual([]);
  });
});

describe('a form that a run asks for', () => {
  it('keeps the types of options', () => {
    const field = fromFormField({ name: 'share', type: 'number', options: [10, 20], default: 20 });
    expect(begin([field])).toEqual({ share: '1' });
    expect(collect([field], { share: '0' }).values).toEqual({ share: 10 });
  });

  it('shows a list of other things than texts as JSON', () => {
    expect(fromFormField({ name: 'rows', type: 'list', default: [{ a: 1 }] }).widget).toBe('json');
    expect(fromFormField({ name: 'rows', type: 'list', default: ['a'] }).widget).toBe('list');
    expect(fromFormField({ name: 'note', type: 'string', default: null }).initial).toBeUndefined();
  });
});
