/** Text that may stand between double quotes of HTML. */
const quoted = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');

interface Embedded {
  /** Where Headwater is, such as `https://headwater.example`. */
  origin: string;
  token: string;
  name: string;
  colour: string | null;
}

/** What another site puts into its page: a button in the corner. */
export function buttonTag({ origin, token, name, colour }: Embedded): string {
  const own = colour ? ` data-colour="${quoted(colour)}"` : '';
  return `<script src="${quoted(origin)}/embed.js" data-share="${quoted(token)}" data-label="${quoted(name)}"${own} async></script>`;
}

/** The same page within the text of another one. */
export function inlineTag({ origin, token, name }: Embedded): string {
  const script = `<script src="${quoted(origin)}/embed.js" data-share="${quoted(token)}" data-label="${quoted(name)}" data-target="#ask" async></script>`;
  return `<div id="ask"></div>\n${script}`;
}

/** What is written one a line. */
export const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
