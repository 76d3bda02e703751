/** Quotes and lists that open in one line, one inside the other. */
const DEEP = /^(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t]))){41}/m;

/** Signs of emphasis in a row; what they may pair with is counted out. */
const LONG_RUN = /\*{101}|_{101}|~{101}/;

/** Whether a piece of Markdown is read in a time that nobody notices; nothing that people write is not. */
export function mayRead(markdown: string): boolean {
  return !DEEP.test(markdown) && !LONG_RUN.test(markdown);
}
