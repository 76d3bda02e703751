export interface Segment {
  /** Where it starts, in characters of the passage. */
  at: number;
  text: string;
  hit: boolean;
}

/** Cuts a passage at its highlights, which are given in Unicode scalar values. */
export function segments(text: string, highlights: number[][]): Segment[] {
  const chars = Array.from(text);
  const sorted = highlights
    .map(([start = 0, end = 0]): [number, number] => [Math.max(0, start), Math.min(chars.length, end)])
    .filter(([start, end]) => end > start)
    .toSorted((a, b) => a[0] - b[0]);
  const result: Segment[] = [];
  const add = (from: number, to: number, hit: boolean) => {
    if (to > from) result.push({ at: from, text: chars.slice(from, to).join(''), hit });
  };
  let at = 0;
  for (const [start, end] of sorted) {
    if (end <= at) continue;
    add(at, Math.max(at, start), false);
    add(Math.max(at, start), end, true);
    at = end;
  }
  add(at, chars.length, false);
  return result;
}
