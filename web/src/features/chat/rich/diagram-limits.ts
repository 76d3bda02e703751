/** The longest diagram that is drawn, in characters and lines. */
const MOST_TEXT = 4000;
const MOST_LINES = 120;

/**
 * The kinds that are drawn. Others can be made to count for minutes in a few words, such as a Gantt
 * chart of a million years with a mark for each hour.
 */
const KINDS = new Set([
  'flowchart',
  'graph',
  'sequenceDiagram',
  'classDiagram',
  'stateDiagram',
  'stateDiagram-v2',
  'erDiagram',
  'pie',
  'journey',
]);

/** Tags, but for a line break, and signs that become them; `<<interface>>` is none. */
const HTML = /(?<!<)<(?!br\s*\/?>)[a-z!/]|&(?:\w+|#\w+);|#\w+;|javascript:|url\(/i;

/** Whether a diagram may be drawn: of a known kind, of bounded size, without settings of its own or HTML. */
export function mayDraw(source: string): boolean {
  const text = source.trim();
  if (text.length > MOST_TEXT || text.split('\n').length > MOST_LINES) return false;
  if (text.includes('%%{') || text.startsWith('---')) return false;
  if (HTML.test(text)) return false;
  return KINDS.has(text.split(/[\s;:]/, 1)[0] ?? '');
}
