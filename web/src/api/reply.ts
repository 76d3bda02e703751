/** Index in UTF-16 units of the `count`-th Unicode scalar value. */
function unitsOf(text: string, count: number): number {
  let units = 0;
  for (let seen = 0; seen < count && units < text.length; seen += 1) {
    const code = text.codePointAt(units) ?? 0;
    units += code > 0xffff ? 2 : 1;
  }
  return units;
}

/**
 * Puts a piece of the reply at its place. `offset` counts Unicode scalar values before the piece;
 * what was beyond it is dropped, because a step that ran again may rewind the reply.
 */
export function applyDelta(reply: string, offset: number, text: string): string {
  return reply.slice(0, unitsOf(reply, offset)) + text;
}
