/** The ways to call a published flow that there are examples of. */
export type Mode = 'invoke' | 'stream';
export type Tongue = 'curl' | 'javascript' | 'python';
export const TONGUES: Tongue[] = ['curl', 'javascript', 'python'];

interface Call {
  /** Where Headwater is, such as `https://headwater.example`. */
  origin: string;
  slug: string;
  input: Record<string, unknown>;
  mode: Mode;
  /** A key that stands in the example itself, in place of the environment's. */
  key?: string | undefined;
}

interface Field {
  name: string;
  type?: string | undefined;
  default?: unknown;
  options?: unknown[] | undefined;
}

/** A value that stands for an input in an example: what the flow says it is by default, or one of its kind. */
export function sampleOf({ name, type, default: standard, options }: Field): unknown {
  if (standard !== undefined && standard !== null) return standard;
  if (options && options.length > 0) return options[0];
  if (type === 'number') return 1;
  if (type === 'boolean') return true;
  if (type === 'list') return [];
  if (type === 'object') return {};
  if (type === 'file') return { name: 'notes.txt', media_type: 'text/plain', data: 'SGVsbG8=' };
  return `your ${name.replaceAll('_', ' ')}`;
}

const address = ({ origin, slug, mode }: Call) => `${origin}/api/v1/flows/${encodeURIComponent(slug)}/${mode}`;
const json = (value: unknown, indent?: number) => JSON.stringify(value, null, indent);
const indented = (text: string, by: number) => text.replaceAll('\n', `\n${' '.repeat(by)}`);

/** In single quotes of a shell nothing is special but the quote itself. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

function curl(call: Call): string {
  const lines = [
    `curl ${call.mode === 'stream' ? '-N ' : ''}${quoted(address(call))}`,
    call.key ? `-H ${quoted(`Authorization: Bearer ${call.key}`)}` : '-H "Authorization: Bearer $HEADWATER_KEY"',
    "-H 'Content-Type: application/json'",
    `-d ${quoted(json({ input: call.input }))}`,
  ];
  return lines.join(' \\\n  ');
}

function javascript(call: Call): string {
  const request = `const response = await fetch(${json(address(call))}, {
  method: 'POST',
  headers: {
    Authorization: ${call.key ? json(`Bearer ${call.key}`) : '`Bearer ${process.env.HEADWATER_KEY}`'},
    'Content-Type': 'application/json',
  },
  body: JSON.stringify(${indented(json({ input: call.input }, 2), 2)}),
});
if (!response.ok) throw new Error((await response.json()).detail);
`;
  if (call.mode === 'invoke') return `${request}const run = await response.json();\nconsole.log(run.status, run.reply, run.outputs);\n`;
  return `${request}for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
  process.stdout.write(piece);
}
`;
}

/** JSON as Python writes it: the same but for three names, which stand outside of texts. */
export function pythonOf(value: unknown, indent = 0): string {
  const inner = ' '.repeat(indent + 4);
  const close = ' '.repeat(indent);
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[\n${value.map((one) => `${inner}${pythonOf(one, indent + 4)},\n`).join('')}${close}]`;
  if (typeof value !== 'object') return json(value);
  const entries = Object.entries(value);
  return entries.length === 0 ? '{}' : `{\n${entries.map(([key, one]) => `${inner}${json(key)}: ${pythonOf(one, indent + 4)},\n`).join('')}${close}}`;
}

function python(call: Call): string {
  const body = `json={"input": ${pythonOf(call.input, 4)}},`;
  const head = call.key ? 'import requests\n\n' : 'import os\n\nimport requests\n\n';
  const request = `requests.post(
    ${json(address(call))},
    headers={"Authorization": ${call.key ? json(`Bearer ${call.key}`) : `f"Bearer {os.environ['HEADWATER_KEY']}"`}},
    ${body}${call.mode === 'stream' ? '\n    stream=True,' : ''}
)`;
  if (call.mode === 'invoke') return `${head}response = ${request}\nresponse.raise_for_status()\nrun = response.json()\nprint(run["status"], run["reply"], run["outputs"])\n`;
  return `${head}with ${request} as response:
    response.raise_for_status()
    for line in response.iter_lines(decode_unicode=True):
        print(line)
`;
}

/** A program that calls the flow with these inputs, ready to run once the key is set. */
export const sample = (tongue: Tongue, call: Call): string => ({ curl, javascript, python })[tongue](call);
