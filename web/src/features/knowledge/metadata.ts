import type { components } from '@/api/schema';

export type Metadata = components['schemas']['Metadata'];
export type FieldValue = components['schemas']['FieldValue'];

/** A value as it is typed; a field with several values has several rows. */
export interface Row {
  key: number;
  name: string;
  kind: Kind;
  text: string;
}
export const KINDS = ['text', 'number', 'boolean'] as const;
export type Kind = (typeof KINDS)[number];

let nextKey = 1;
export const emptyRow = (): Row => ({ key: nextKey++, name: '', kind: 'text', text: '' });

export function kindOf(value: FieldValue): Kind {
  if (typeof value === 'number') return 'number';
  return typeof value === 'boolean' ? 'boolean' : 'text';
}

export function rowsOf(metadata: Metadata): Row[] {
  return Object.entries(metadata).flatMap(([name, value]) =>
    [value].flat().map((one): Row => ({ key: nextKey++, name, kind: kindOf(one), text: String(one) })),
  );
}

/** What a text says as a value of a kind; null when it says none. */
export function valueOf(kind: Kind, text: string): FieldValue | null {
  if (kind === 'boolean') return text === 'true';
  if (kind === 'text') return text.trim() === '' ? null : text.trim();
  const number = Number(text.trim());
  return text.trim() !== '' && Number.isFinite(number) ? number : null;
}

/** A row that nobody has begun. */
export const isBlank = (row: Row) => row.name.trim() === '' && row.text.trim() === '';

/** What is wrong with a row: it lacks a name, or what it says is no value of its kind. */
export function faultOf(row: Row): 'name' | 'value' | null {
  if (isBlank(row)) return null;
  if (row.name.trim() === '') return 'name';
  return valueOf(row.kind, row.text) === null ? 'value' : null;
}

/** The rows as metadata, and null when one of them is wrong. */
export function metadataOf(rows: readonly Row[]): Metadata | null {
  if (rows.some((row) => faultOf(row) !== null)) return null;
  const values = new Map<string, FieldValue[]>();
  for (const row of rows) {
    const value = isBlank(row) ? null : valueOf(row.kind, row.text);
    if (value !== null) values.set(row.name.trim(), [...(values.get(row.name.trim()) ?? []), value]);
  }
  return Object.fromEntries([...values].map(([name, all]) => [name, all.length === 1 && all[0] !== undefined ? all[0] : all])) as Metadata;
}

/** What a document is said to be once some fields are set and others taken away. */
export function changed(before: Metadata, set: Metadata, without: readonly string[]): Metadata {
  const kept = Object.entries(before).filter(([name]) => !without.includes(name));
  return { ...Object.fromEntries(kept), ...set };
}
