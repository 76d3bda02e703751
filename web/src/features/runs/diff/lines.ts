/** One line of two texts laid side by side: in both, only in the first, or only in the second. */
export interface Line {
  as: 'same' | 'removed' | 'added';
  text: string;
}

/** Differences that are looked for one by one; texts that differ more are told as replaced. */
const MOST = 400;
/** Characters of a value that are compared. */
export const MOST_TEXT = 64 * 1024;

/** The same value with the keys of its objects in one order, so that only differences differ. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

/** A value as the lines that are compared: texts as they are, the rest as indented JSON. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : (JSON.stringify(sorted(value), null, 2) ?? '');
}

/** The beginning of a text that is compared, to the end of a line where there is one. */
export function cutText(text: string): { text: string; cut: boolean } {
  if (text.length <= MOST_TEXT) return { text, cut: false };
  const end = text.lastIndexOf('\n', MOST_TEXT);
  return { text: text.slice(0, end > 0 ? end : MOST_TEXT), cut: true };
}

const split = (text: string) => (text === '' ? [] : text.split('\n'));
const as = (kind: Line['as'], lines: string[]): Line[] => lines.map((text) => ({ as: kind, text }));

/** How one text became another, line by line. */
export function diffLines(before: string, after: string): Line[] {
  const [one, other] = [split(before), split(after)];
  let head = 0;
  while (head < one.length && head < other.length && one[head] === other[head]) head += 1;
  let tail = 0;
  while (tail < Math.min(one.length, other.length) - head && one.at(-1 - tail) === other.at(-1 - tail)) tail += 1;
  const between = middle(one.slice(head, one.length - tail), other.slice(head, other.length - tail));
  return [...as('same', one.slice(0, head)), ...between, ...as('same', tail > 0 ? one.slice(-tail) : [])];
}

/** How far a diagonal was followed; diagonals are counted from `-most`. */
class Reach {
  constructor(
    private readonly most: number,
    private readonly ends = new Int32Array(2 * most + 3),
  ) {}
  at = (diagonal: number) => this.ends[diagonal + this.most + 1] ?? 0;
  put(diagonal: number, end: number): void {
    this.ends[diagonal + this.most + 1] = end;
  }
  copy = () => new Reach(this.most, this.ends.slice());
  /** Whether the furthest way to a diagonal adds a line, instead of taking one away. */
  comesDown(diagonal: number, count: number): boolean {
    return diagonal === -count || (diagonal !== count && this.at(diagonal - 1) < this.at(diagonal + 1));
  }
}

/** The shortest way from one list of lines to the other, as Myers found it. */
function middle(one: string[], other: string[]): Line[] {
  if (one.length === 0 || other.length === 0) return [...as('removed', one), ...as('added', other)];
  const most = Math.min(MOST, one.length + other.length);
  const reach = new Reach(most);
  // How far each diagonal was followed, before each further difference.
  const rounds: Reach[] = [];
  for (let count = 0; count <= most; count += 1) {
    rounds.push(reach.copy());
    for (let diagonal = -count; diagonal <= count; diagonal += 2) {
      let x = reach.comesDown(diagonal, count) ? reach.at(diagonal + 1) : reach.at(diagonal - 1) + 1;
      while (x < one.length && x - diagonal < other.length && one[x] === other[x - diagonal]) x += 1;
      reach.put(diagonal, x);
      if (x >= one.length && x - diagonal >= other.length) return backwards(rounds, one, other);
    }
  }
  return [...as('removed', one), ...as('added', other)];
}

/** Walks the way back from the end, and tells it from the beginning. */
function backwards(rounds: Reach[], one: string[], other: string[]): Line[] {
  const lines: Line[] = [];
  let [x, y] = [one.length, other.length];
  for (const [count, reach] of [...rounds.entries()].toReversed()) {
    const down = reach.comesDown(x - y, count);
    const from = x - y + (down ? 1 : -1);
    const fromX = count === 0 ? 0 : reach.at(from);
    const fromY = count === 0 ? 0 : fromX - from;
    while (x > fromX && y > fromY) {
      x -= 1;
      y -= 1;
      lines.push({ as: 'same', text: one[x] ?? '' });
    }
    if (count === 0) break;
    if (down) lines.push({ as: 'added', text: other[(y -= 1)] ?? '' });
    else lines.push({ as: 'removed', text: one[(x -= 1)] ?? '' });
  }
  return lines.toReversed();
}

/** Lines around differences, and how many are left out between them. */
export type Shown = Line | { as: 'left'; count: number };

export function folded(lines: Line[], around = 3): Shown[] {
  const near = new Uint8Array(lines.length);
  for (const [at, line] of lines.entries()) {
    if (line.as === 'same') continue;
    near.fill(1, Math.max(0, at - around), Math.min(lines.length, at + around + 1));
  }
  const shown: Shown[] = [];
  let left = 0;
  for (const [at, line] of lines.entries()) {
    if (near[at]) {
      if (left > 0) shown.push({ as: 'left', count: left });
      left = 0;
      shown.push(line);
    } else left += 1;
  }
  if (left > 0) shown.push({ as: 'left', count: left });
  return shown;
}
