/** Names of settings that people would not read as they are written. */
const LABELS: Record<string, string> = {
  url: 'URL',
  id: 'ID',
  ttl: 'Keep for',
  op: 'How',
  top_p: 'Top P',
  memory_mb: 'Memory (MB)',
  half_life_days: 'Half-life (days)',
  on_error: 'When it fails',
  on_failed: 'When the tool fails',
  fail_on_status: 'Fail on statuses from 400',
  serve_as_tool: 'Offer as a tool',
  response_schema: 'JSON schema of the answer',
  extra: 'Fields of the vendor’s own',
  cite: 'Citations',
  stop: 'Stop at',
  where: 'Keep where',
  map: 'Turn each into',
  unique_by: 'One of each',
  rerank_model: 'Reranking model',
  rerank_candidates: 'Passages to rerank',
};

/** Values to choose from, where the word in the file is not what people call it. */
const NAMES: Record<string, string> = {
  string: 'Text',
  boolean: 'Yes or no',
  integer: 'Whole number',
  javascript: 'JavaScript',
};

const spaced = (name: string) => {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** A setting's name as people read it: `max_length` is “Max length”. */
export const englishLabel = (name: string) => LABELS[name] ?? spaced(name);

/** What people call a value that can be chosen: `string` is “Text”. */
export const englishName = (value: string) => NAMES[value] ?? spaced(value);

/** Settings in the order in which one thinks of them. Those that are not here follow as the schema has them. */
const ORDER =
  'name kind type title tool function model knowledge_bases method url language flow role content text prompt messages instructions query file document items where cases labels fields handle all any value op to variable tools headers body code inputs arguments variables while until values outputs output message buttons changes history'.split(' ');

export function rankOf(name: string, required: boolean): number {
  const at = ORDER.indexOf(name);
  if (at >= 0) return at;
  return required ? ORDER.length : ORDER.length + 1;
}

/** Settings that may be left out, and that nobody should have to look for. */
export const ALWAYS: ReadonlySet<string> = new Set(
  'model method function headers body inputs arguments file document variables while until output message fields where history type role required all any op to'.split(' '),
);
