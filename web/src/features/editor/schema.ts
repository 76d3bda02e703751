import { rankOf } from './labels';

/** A JSON Schema, as far as the form reads it. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  properties?: Record<string, Schema | true>;
  required?: string[];
  items?: Schema | true;
  additionalProperties?: Schema | boolean;
  enum?: unknown[];
  const?: unknown;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: { if?: { properties?: { kind?: { const?: string } } }; then?: { properties?: { settings?: Schema } } }[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
  $defs?: Record<string, Schema>;
}

export interface Option {
  value: string;
  help: string;
}

/** One of several forms that a value may have. */
export interface Variant {
  name: string;
  help: string;
  schema: Schema;
  fits: (value: unknown) => boolean;
  /** What stands there when it is chosen. */
  initial: () => unknown;
}

export interface FormField {
  name: string;
  schema: Schema;
  required: boolean;
  help: string;
}

/** How a value is asked for. */
export type Shape =
  | { as: 'choice'; options: Option[] }
  | { as: 'text'; template: boolean; long: boolean }
  | { as: 'number'; whole: boolean; min?: number; max?: number }
  | { as: 'switch' }
  | { as: 'list'; item: Schema }
  | { as: 'record'; fields: FormField[] }
  | { as: 'map'; value: Schema }
  | { as: 'variants'; variants: Variant[] }
  | { as: 'any' };

/** Reads one flow schema: which kinds there are, and what form each one's settings have. */
export class FlowSchema {
  constructor(private readonly root: Schema) {}

  /** Kinds of nodes in the order of the catalogue, each with what it does. */
  kinds(): { kind: string; help: string }[] {
    const kind = this.definition('Node').properties?.kind;
    if (typeof kind !== 'object') return [];
    return (kind.oneOf ?? []).map((one) => ({ kind: String(one.const), help: one.description ?? '' }));
  }

  settingsOf(kind: string): Schema {
    const rule = this.definition('Node').allOf?.find((one) => one.if?.properties?.kind?.const === kind);
    return rule?.then?.properties?.settings ?? { type: 'object' };
  }

  definition(name: string): Schema {
    return this.root.$defs?.[name] ?? {};
  }

  /** A field of the flow itself, such as `inputs`. */
  field(name: string): Schema {
    const schema = this.root.properties?.[name];
    return typeof schema === 'object' ? schema : {};
  }

  /** The schema that a reference names, with what is said beside it, and without “or nothing”. */
  resolve(schema: Schema | true | undefined): Schema {
    if (schema === undefined || schema === true) return {};
    if (schema.$ref) {
      const { $ref, ...beside } = schema;
      return { ...this.resolve(this.definition($ref.replace('#/$defs/', ''))), ...beside };
    }
    const { anyOf, ...rest } = schema;
    if (anyOf) {
      const real = anyOf.filter((one) => one.type !== 'null');
      if (real.length === 1) return { ...this.resolve(real[0]), ...rest };
    }
    return schema;
  }

  fieldsOf(schema: Schema): FormField[] {
    const required = new Set(schema.required ?? []);
    const fields = Object.entries(schema.properties ?? {}).map(([name, raw]) => {
      const help = typeof raw === 'object' ? (raw.description ?? this.resolve(raw).description ?? '') : '';
      return { name, schema: raw === true ? {} : raw, required: required.has(name), help: help.replaceAll('\n', ' ') };
    });
    return fields.toSorted((one, other) => rankOf(one.name, one.required) - rankOf(other.name, other.required));
  }

  shapeOf(raw: Schema | true): Shape {
    const schema = this.resolve(raw);
    const options = optionsOf(schema);
    if (options) return { as: 'choice', options };
    const several = schema.oneOf ?? schema.anyOf;
    if (several) return this.variantsOf(several);
    const types = [schema.type ?? []].flat().filter((type) => type !== 'null');
    switch (types.length === 1 ? types[0] : undefined) {
      case 'string':
        return textShape(schema.description ?? '');
      case 'integer':
      case 'number':
        return { as: 'number', whole: types[0] === 'integer', min: schema.minimum, max: schema.maximum };
      case 'boolean':
        return { as: 'switch' };
      case 'array':
        return { as: 'list', item: schema.items === true || !schema.items ? {} : schema.items };
      case 'object':
        if (schema.properties && Object.keys(schema.properties).length > 0) return { as: 'record', fields: this.fieldsOf(schema) };
        return { as: 'map', value: typeof schema.additionalProperties === 'object' ? schema.additionalProperties : {} };
      default:
        return { as: 'any' };
    }
  }

  private variantsOf(several: Schema[]): Shape {
    const variants = several.map((raw) => {
      const schema = this.resolve(raw);
      return schema.properties ? this.recordVariant(schema) : this.plainVariant(schema);
    });
    // Texts, numbers and truths side by side are any value.
    const plain = several.every((one) => ['string', 'number', 'boolean'].includes(String(this.resolve(one).type)));
    return plain && !variants.some(({ schema }) => optionsOf(schema)) ? { as: 'any' } : { as: 'variants', variants };
  }

  /** Told apart by a constant in it, such as `type: bearer`, or by the one key it has. */
  private recordVariant(schema: Schema): Variant {
    const entries = Object.entries(schema.properties ?? {});
    const [tag, constant] = entries.find(([, inner]) => typeof inner === 'object' && inner.const !== undefined) ?? [];
    const help = schema.description ?? '';
    if (tag && typeof constant === 'object') {
      const { [tag]: _, ...properties } = schema.properties ?? {};
      const rest = { ...schema, properties, required: (schema.required ?? []).filter((name) => name !== tag) };
      return {
        name: String(constant.const),
        help,
        schema: rest,
        fits: (value) => isRecord(value) && value[tag] === constant.const,
        initial: () => ({ ...this.blankRecord(rest), [tag]: constant.const }),
      };
    }
    const [key] = schema.required ?? [];
    if (key && entries.length === 1) {
      return { name: key, help, schema, fits: (value) => isRecord(value) && key in value, initial: () => this.blankRecord(schema) };
    }
    return { name: 'fields', help, schema, fits: isRecord, initial: () => this.blankRecord(schema) };
  }

  private plainVariant(schema: Schema): Variant {
    const options = optionsOf(schema);
    const help = schema.description ?? '';
    if (options?.length === 1 && options[0]) {
      const { value } = options[0];
      return { name: value, help, schema: { const: value }, fits: (held) => held === value, initial: () => value };
    }
    const type = [schema.type ?? 'any'].flat()[0] ?? 'any';
    const name = type === 'integer' || type === 'number' ? 'number' : type;
    return {
      name,
      help,
      schema,
      fits: (value) => (name === 'number' ? typeof value === 'number' : typeof value === name),
      initial: () => (name === 'number' ? (schema.minimum ?? 0) : this.blank(schema)),
    };
  }

  /** What a value is before anybody fills it in. */
  blank(raw: Schema | true): unknown {
    const shape = this.shapeOf(raw);
    const schema = this.resolve(raw);
    if (schema.const !== undefined) return schema.const;
    if (schema.default !== undefined && schema.default !== null) return schema.default;
    switch (shape.as) {
      case 'choice':
        return shape.options[0]?.value ?? '';
      case 'number':
        return shape.min ?? 0;
      case 'switch':
        return false;
      case 'list':
        return [];
      case 'record':
        return this.blankRecord(schema);
      case 'map':
        return {};
      case 'variants':
        return shape.variants[0]?.initial() ?? null;
      default:
        return '';
    }
  }

  /** An object with what it must have. */
  blankRecord(schema: Schema): Record<string, unknown> {
    const needed = this.fieldsOf(this.resolve(schema)).filter(({ required }) => required);
    return Object.fromEntries(needed.map((field) => [field.name, this.blank(field.schema)]));
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function optionsOf(schema: Schema): Option[] | null {
  const text = (value: unknown) => typeof value === 'string';
  if (schema.enum?.every(text)) return schema.enum.map((value) => ({ value: value as string, help: '' }));
  if (text(schema.const)) return [{ value: schema.const as string, help: schema.description ?? '' }];
  if (!schema.oneOf || schema.oneOf.length === 0) return null;
  const options = schema.oneOf.map(optionsOf);
  return options.every((some) => some !== null) ? options.flat() : null;
}

function textShape(description: string): Shape {
  const template = /\btemplates?\b/i.test(description) && !/never a template/i.test(description);
  return { as: 'text', template, long: template || /program|comment/i.test(description) };
}
