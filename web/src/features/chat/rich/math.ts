/** Stand in front of the code spans that a formula becomes; private signs no text uses. */
const INLINE = '\uE000';
const DISPLAY = '\uE001';

/** The longest formula that is drawn, in characters; longer ones stay as they were written. */
export const MOST_MATH = 4000;

/** The deepest a formula is drawn: browsers fall over thousands of boxes in one another. */
const MOST_DEEP = 30;

/** What names new commands, and with them anything of any size. */
const DEFINES = /\\(?:[gex]?def|let|futurelet|(?:re)?newcommand|providecommand)(?![a-zA-Z])/;

/** Whether a formula may be drawn: of bounded length and depth, and without commands of its own. */
export function mayDrawMath(tex: string): boolean {
  if (tex.length > MOST_MATH || DEFINES.test(tex)) return false;
  let depth = 0;
  let deepest = 0;
  for (const [sign] of tex.matchAll(/\\(?:left|begin|right|end)(?![a-zA-Z])|\\.|[{}]/gs)) {
    if (sign === '{' || sign === '\\left' || sign === '\\begin') depth += 1;
    else if (sign === '}' || sign === '\\right' || sign === '\\end') depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest <= MOST_DEEP;
}

// Code comes first, so that what looks like a formula in it is left alone. A single dollar opens
// only before a sign that is not a space and closes only behind one, so that prices stay prices. Nothing
// looks for its end behind the next beginning: thousands of beginnings would each look at all the rest.
const MATH =
  /(?<code>(?<ticks>`+)[^`](?:[\s\S]*?[^`])?\k<ticks>(?!`))|\\\[(?<square>(?:(?!\\\[)[\s\S])+?)\\\]|\$\$(?<double>[\s\S]+?)\$\$|\\\((?<round>(?:(?!\\\()[\s\S])+?)\\\)|(?<![\\$\w])\$(?![\s$])(?<single>[^$\n]*?[^\s$\\])\$(?![\d$\w])/g;

function span(mark: string, source: string): string {
  const tex = source.replaceAll(/\s+/g, ' ').trim();
  const runs = [...tex.matchAll(/`+/g)].map(([run]) => run.length);
  const fence = '`'.repeat(Math.max(0, ...runs) + 1);
  return `${fence}${mark}${tex}${fence}`;
}

function inText(text: string): string {
  return text.replaceAll(MATH, (whole, ...rest) => {
    const { square, double, round, single } = rest.at(-1) as Record<string, string | undefined>;
    const display = square ?? double;
    const tex = display ?? round ?? single;
    if (!tex || !mayDrawMath(tex)) return whole;
    return span(display === undefined ? INLINE : DISPLAY, tex);
  });
}

/** Turns the formulas of a piece of Markdown into code spans that `mathOf` knows; code stays as it is. */
export function markMath(markdown: string): string {
  if (!/[$\\]/.test(markdown)) return markdown;
  const pieces = markdown.split(/(^ {0,3}(?:```|~~~)[\s\S]*?(?:^ {0,3}(?:```|~~~)[ \t]*$|(?![\s\S])))/m);
  return pieces.map((piece, index) => (index % 2 === 1 ? piece : inText(piece))).join('');
}

/** The formula that a code span stands for, or null when it is code. */
export function mathOf(code: string): { tex: string; display: boolean } | null {
  if (code.startsWith(INLINE)) return { tex: code.slice(1), display: false };
  return code.startsWith(DISPLAY) ? { tex: code.slice(1), display: true } : null;
}
