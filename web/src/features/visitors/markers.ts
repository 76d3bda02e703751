/**
 * An answer without the marks of passages that are not shown. What stands in code stays: there
 * `[1]` is something else.
 */
export function withoutMarkers(text: string): string {
  return text
    .split(/(```[\s\S]*?(?:```|$)|`[^`\n]*`)/)
    .map((part, at) => (at % 2 === 1 ? part : part.replaceAll(/[ \t]?\[\d{1,3}\](?!\()/g, '')))
    .join('');
}
