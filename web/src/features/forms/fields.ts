/** How one value is asked for. Lists of texts are written one item a line, the rest as JSON. */
export type Widget = 'text' | 'lines' | 'number' | 'switch' | 'choice' | 'list' | 'json';

export interface AskedField {
  name: string;
  label: string;
  help: string;
  widget: Widget;
  required: boolean;
  /** Only whole numbers. */
  whole: boolean;
  /** What is in it before anybody types; undefined when there is nothing. */
  initial: unknown;
  options: unknown[];
}

/** What is typed so far: texts, and ticks of switches. */
export type Typed = Record<string, string | boolean>;
export type Wrong = 'required' | 'number' | 'whole' | 'json';

interface FormFieldLike {
  name: string;
  type: string;
  label?: string | undefined;
  required?: boolean | undefined;
  default?: unknown;
  options?: unknown[] | undefined;
}

const isTexts = (value: unknown) => Array.isArray(value) && value.every((item) => typeof item === 'string');

/** A field of a form that a run asks people to fill in. */
export function fromFormField(field: FormFieldLike): AskedField {
  const initial = field.default ?? undefined;
  const widgets: Record<string, Widget> = { string: 'text', number: 'number', boolean: 'switch', list: 'list' };
  let widget: Widget = widgets[field.type] ?? 'json';
  if (widget === 'list' && initial !== undefined && !isTexts(initial)) widget = 'json';
  if (widget === 'text' && typeof initial === 'string' && (initial.includes('\n') || initial.length > 80)) widget = 'lines';
  if (field.options && field.options.length > 0) widget = 'choice';
  return {
    name: field.name,
    label: field.label || field.name,
    help: '',
    widget,
    required: field.required ?? false,
    whole: false,
    initial,
    options: field.options ?? [],
  };
}

type Schema = Record<string, unknown>;
const isObject = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);

function widgetOf(schema: Schema): Widget {
  if (Array.isArray(schema.enum) && schema.enum.length > 0) return 'choice';
  // `["string", "null"]` asks for a text that may be left out.
  const types = Array.isArray(schema.type) ? schema.type.filter((type) => type !== 'null') : [schema.type];
  if (types.length !== 1) return 'json';
  switch (types[0]) {
    case 'string':
      return Number(schema.maxLength) > 200 || schema.format === 'multiline' ? 'lines' : 'text';
    case 'number':
    case 'integer':
      return 'number';
    case 'boolean':
      return 'switch';
    case 'array':
      return isObject(schema.items) && schema.items.type === 'string' && !schema.items.enum ? 'list' : 'json';
    default:
      return 'json';
  }
}

/** The fields of an object's JSON Schema; null when it is not one whose fields are known. */
export function fromSchema(schema: unknown): AskedField[] | null {
  if (!isObject(schema) || !isObject(schema.properties)) return null;
  const required = Array.isArray(schema.required) ? schema.required : [];
  const fields = Object.entries(schema.properties).map(([name, raw]) => {
    const inner = isObject(raw) ? raw : {};
    const text = (value: unknown) => (typeof value === 'string' ? value : '');
    return {
      name,
      label: text(inner.title) || name,
      help: text(inner.description),
      widget: widgetOf(inner),
      required: required.includes(name),
      whole: inner.type === 'integer',
      initial: inner.default,
      options: Array.isArray(inner.enum) ? inner.enum : [],
    };
  });
  // What is needed comes first.
  return fields.toSorted((one, other) => Number(other.required) - Number(one.required));
}

const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value, null, 2));

/** What stands in the fields at first. Choices hold the place of their option. */
export function begin(fields: AskedField[]): Typed {
  const typed: Typed = {};
  for (const { name, widget, initial, options } of fields) {
    if (widget === 'switch') typed[name] = initial === true;
    else if (widget === 'choice') {
      const at = options.findIndex((option) => JSON.stringify(option) === JSON.stringify(initial));
      typed[name] = at < 0 ? '' : String(at);
    } else if (initial === undefined || initial === null) typed[name] = '';
    else typed[name] = widget === 'list' && Array.isArray(initial) ? initial.join('\n') : asText(initial);
  }
  return typed;
}

type Read = { value: unknown } | { wrong: Wrong } | null;

/** The value of one field; null when it was left empty. */
function read({ widget, whole, options }: AskedField, typed: string | boolean | undefined): Read {
  if (widget === 'switch') return { value: typed === true };
  const text = typeof typed === 'string' ? typed : '';
  if (widget === 'text' || widget === 'lines') return text === '' ? null : { value: text };
  if (text.trim() === '') return null;
  if (widget === 'choice') return { value: options[Number(text)] };
  if (widget === 'list') return { value: text.split('\n').filter((line) => line.trim() !== '') };
  if (widget === 'number') {
    const number = Number(text);
    if (!Number.isFinite(number)) return { wrong: 'number' };
    return whole && !Number.isInteger(number) ? { wrong: 'whole' } : { value: number };
  }
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return { wrong: 'json' };
  }
}

/** The values to send, without fields that were left empty, and what is wrong with the others. */
export function collect(fields: AskedField[], typed: Typed): { values: Record<string, unknown>; wrong: Record<string, Wrong> } {
  const values: Record<string, unknown> = {};
  const wrong: Record<string, Wrong> = {};
  for (const field of fields) {
    const answer = read(field, typed[field.name]);
    if (answer === null) {
      if (field.required) wrong[field.name] = 'required';
    } else if ('wrong' in answer) wrong[field.name] = answer.wrong;
    else values[field.name] = answer.value;
  }
  return { values, wrong };
}
