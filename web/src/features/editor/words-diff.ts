import { diffLines, type Line } from '@/features/runs/diff/lines';

/** A piece of a text: in both, only before, or only after. */
export type Piece = Line;

/** More of a text than this is marked line by line only. */
const MOST = 4000;

/** Words, spaces, signs; of scripts that write no spaces each letter by itself. */
const TOKENS = /\s+|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}]/gu;

const tokens = (text: string) => (text.match(TOKENS) ?? []).map((token) => JSON.stringify(token)).join('\n');

/** How one text became another, word by word; pieces that follow each other and are alike are one. */
export function diffWords(before: string, after: string): Piece[] {
  if (before.length + after.length > MOST) {
    return [
      ...(before ? [{ as: 'removed' as const, text: before }] : []),
      ...(after ? [{ as: 'added' as const, text: after }] : []),
    ];
  }
  const pieces: Piece[] = [];
  for (const { as, text } of diffLines(tokens(before), tokens(after))) {
    const said = JSON.parse(text) as string;
    const last = pieces.at(-1);
    if (last?.as === as) last.text += said;
    else pieces.push({ as, text: said });
  }
  return pieces;
}

/** A line of a text as it is drawn, with the words in it that changed. */
export type Row = { as: Line['as']; pieces: { text: string; marked: boolean }[] };

const whole = (line: Line): Row => ({ as: line.as, pieces: [{ text: line.text, marked: false }] });

/** The side of a changed line, with its own words marked. */
const side = (as: 'removed' | 'added', pieces: Piece[]): Row => ({
  as,
  pieces: pieces.filter((piece) => piece.as === 'same' || piece.as === as).map(({ as: how, text }) => ({ text, marked: how !== 'same' })),
});

/** Lines with the words marked that differ between a line that went and the one that came in its place. */
export function withWords(lines: readonly Line[]): Row[] {
  const rows: Row[] = [];
  for (let at = 0; at < lines.length; ) {
    const gone = span(lines, at, 'removed');
    const come = span(lines, at + gone.length, 'added');
    if (gone.length === 0 && come.length === 0) {
      rows.push(whole(lines[at] as Line));
      at += 1;
      continue;
    }
    at += gone.length + come.length;
    if (gone.length !== come.length) {
      rows.push(...gone.map(whole), ...come.map(whole));
      continue;
    }
    const pairs = gone.map((line, index) => diffWords(line.text, come[index]?.text ?? ''));
    rows.push(...pairs.map((pieces) => side('removed', pieces)), ...pairs.map((pieces) => side('added', pieces)));
  }
  return rows;
}

function span(lines: readonly Line[], from: number, as: Line['as']): Line[] {
  let to = from;
  while (lines[to]?.as === as) to += 1;
  return lines.slice(from, to);
}
