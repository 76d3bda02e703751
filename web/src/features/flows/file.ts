import type { FlowDocument } from './api';

/** Reads a flow file, YAML or JSON, which is YAML too. Throws with what is wrong with the text. */
export async function readFlow(text: string): Promise<FlowDocument | null> {
  const { CORE_SCHEMA, load } = await import('js-yaml');
  const value: unknown = load(text, { schema: CORE_SCHEMA });
  const known = typeof value === 'object' && value !== null && 'headwater' in value && 'name' in value && 'kind' in value;
  return known ? (value as FlowDocument) : null;
}

/** The text of a flow file. */
export async function writeFlow(document: FlowDocument, format: 'yaml' | 'json'): Promise<string> {
  if (format === 'json') return `${JSON.stringify(document, null, 2)}\n`;
  const { CORE_SCHEMA, dump } = await import('js-yaml');
  return dump(document, { schema: CORE_SCHEMA, lineWidth: 100, noRefs: true });
}

/** The document as a file has it: with the slug that names its flow. */
export function exported(slug: string, document: FlowDocument): FlowDocument {
  const { headwater, slug: _, name, ...rest } = document;
  return { headwater, slug, name, ...rest };
}

/** Hands a text to the browser as a file. */
export function saveAs(name: string, text: string, type: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

export async function exportFlow(slug: string, document: FlowDocument, format: 'yaml' | 'json'): Promise<void> {
  const text = await writeFlow(exported(slug, document), format);
  saveAs(`${slug}.${format}`, text, format === 'json' ? 'application/json' : 'application/yaml');
}
