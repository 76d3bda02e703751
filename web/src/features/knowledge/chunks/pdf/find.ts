/** What of a text tells one text from another: its letters and digits, and where each of them stands. */
export interface Letters {
  text: string;
  /** For each of them where it begins and ends in the text, in UTF-16 units. */
  starts: number[];
  ends: number[];
}

export interface Span {
  start: number;
  end: number;
}

/** What parsers and pages write differently is left out: blanks, hyphens, accents, ligatures, case. */
export function lettersOf(text: string): Letters {
  const letters: Letters = { text: '', starts: [], ends: [] };
  const found: string[] = [];
  let at = 0;
  for (const sign of text) {
    const end = at + sign.length;
    for (const letter of sign.normalize('NFKD').toLowerCase().match(/[\p{L}\p{N}]/gu) ?? []) {
      found.push(letter);
      // A letter outside the first plane is two units, and has two places.
      for (let unit = 0; unit < letter.length; unit++) {
        letters.starts.push(at);
        letters.ends.push(end);
      }
    }
    at = end;
  }
  letters.text = found.join('');
  return letters;
}

/** A part with fewer letters stands in too many places. */
const SHORTEST = 8;
/** So many letters at its beginning and end tell a part whose middle is written differently. */
const ANCHOR = 16;
/** Between neighbouring parts a page may have so much that the text has not, such as the mark of a list. */
const BETWEEN = 8;

const partsOf = (text: string): string[] =>
  text
    .split(/\n+|(?<=[.!?;。！？；])\s*/u)
    .map((part) => lettersOf(part).text)
    .filter(Boolean);

/** Where a part stands, after what was found before if it can be. */
function placeOf(page: string, part: string, from: number): Span | null {
  const seek = (sought: string, after: number) => {
    const at = page.indexOf(sought, after);
    return at < 0 && after > 0 ? page.indexOf(sought) : at;
  };
  const at = seek(part, from);
  if (at >= 0) return { start: at, end: at + part.length };
  if (part.length < 2 * ANCHOR) return null;
  const start = seek(part.slice(0, ANCHOR), from);
  if (start < 0) return null;
  const end = page.indexOf(part.slice(-ANCHOR), start);
  return end >= 0 && end - start <= 1.5 * part.length ? { start, end: end + ANCHOR } : null;
}

/** Joins parts that follow each other, with the short ones between them. */
function joined(spans: Span[], skipped: number[]): Span[] {
  const all: Span[] = [];
  for (const [index, span] of spans.entries()) {
    const last = all.at(-1);
    const gap = last ? span.start - last.end : -1;
    if (last && gap >= 0 && gap <= BETWEEN + (skipped[index] ?? 0)) last.end = span.end;
    else all.push({ ...span });
  }
  return all;
}

/** Which letters of a page are those of a text: all at once, or as many of its sentences and lines as stand there. */
export function findLetters(page: Letters, text: string, from = 0): Span[] {
  const whole = lettersOf(text).text;
  if (whole === '') return [];
  const at = Math.max(page.text.indexOf(whole, from), from > 0 ? page.text.indexOf(whole) : -1);
  if (at >= 0) return [{ start: at, end: at + whole.length }];
  const spans: Span[] = [];
  const skipped: number[] = [];
  let next = from;
  let short = 0;
  for (const part of partsOf(text)) {
    const place = part.length < SHORTEST ? null : placeOf(page.text, part, next);
    if (!place) {
      short += part.length;
      continue;
    }
    spans.push(place);
    skipped.push(short);
    short = 0;
    next = place.end;
  }
  return joined(spans, skipped);
}
