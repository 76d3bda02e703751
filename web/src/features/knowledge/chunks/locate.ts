/** A word of a text and where it stands, in UTF-16 units. */
interface Word {
  text: string;
  start: number;
  end: number;
}

export interface Indexed {
  words: Word[];
  /** Where each word occurs, in order. */
  places: Map<string, number[]>;
}

export interface Span {
  start: number;
  end: number;
}

// Scripts without blanks are read letter by letter.
const WORD = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]|[\p{L}\p{N}]+/gu;
/** So many words in a row are taken for the same place. */
const IN_A_ROW = 5;

/** Marks that end a sentence belong to its last word. */
const AFTER = /[^\s\p{L}\p{N}]*/uy;

function wordsOf(text: string): Word[] {
  return [...text.matchAll(WORD)].map((match) => ({
    text: match[0].toLowerCase(),
    start: match.index,
    end: match.index + match[0].length,
  }));
}

/** Prepares a text for finding pieces of it. */
export function indexed(text: string): Indexed {
  const words = wordsOf(text);
  const places = new Map<string, number[]>();
  for (const [at, { text }] of words.entries()) {
    const known = places.get(text);
    if (known) known.push(at);
    else places.set(text, [at]);
  }
  return { words, places };
}

/** Where words stand in a row, at or after one place and before another. */
function rowAt({ words, places }: Indexed, row: string[], from: number, before: number): number | null {
  const [first] = row;
  if (first === undefined) return null;
  for (const at of places.get(first) ?? []) {
    if (at < from) continue;
    if (at >= before) return null;
    if (row.every((word, offset) => words[at + offset]?.text === word)) return at;
  }
  return null;
}

/**
 * Where in the original a chunk came from, as far as its words tell: what a parser changed, such
 * as marks of headings and tables, lies between words. `from` is the word to begin at.
 */
export function locate(original: Indexed, chunk: string, from: number): { span: Span; next: number } | null {
  const words = wordsOf(chunk).map(({ text }) => text);
  const row = Math.min(IN_A_ROW, words.length);
  if (row === 0) return null;
  const tail = words.slice(-row);
  let first = rowAt(original, words.slice(0, row), from, Infinity);
  let last: number | null;
  if (first === null) {
    // A chunk may begin with what is repeated from elsewhere, such as the head of a table.
    const end = rowAt(original, tail, from, Infinity);
    if (end === null) return null;
    last = end + row - 1;
    first = Math.max(from, last - words.length + 1);
  } else {
    const end = rowAt(original, tail, first, first + 2 * words.length + 50);
    last = end === null ? first + words.length - 1 : end + row - 1;
  }
  const start = original.words[first];
  const end = original.words[Math.min(last, original.words.length - 1)];
  return start && end ? { span: { start: start.start, end: end.end }, next: first + 1 } : null;
}

export interface Placed<T> extends Span {
  chunk: T;
}

/** Where each chunk stands in the original. Chunks lie in order, so each is looked for after the one before. */
export function placed<T extends { text: string; source_text?: string | null | undefined }>(original: string, chunks: readonly T[]): Placed<T>[] {
  const text = indexed(original);
  const found: Placed<T>[] = [];
  let from = 0;
  for (const chunk of chunks) {
    const place = locate(text, chunk.source_text ?? chunk.text, from) ?? locate(text, chunk.source_text ?? chunk.text, 0);
    if (!place) continue;
    AFTER.lastIndex = place.span.end;
    const marks = AFTER.exec(original)?.[0].length ?? 0;
    found.push({ start: place.span.start, end: place.span.end + marks, chunk });
    from = place.next;
  }
  return found;
}

export interface Piece<T> {
  at: number;
  text: string;
  /** The chunk it belongs to; of several the first. */
  chunk: T | null;
}

/** Cuts the original where chunks begin and end. */
export function pieces<T>(original: string, spans: readonly Placed<T>[]): Piece<T>[] {
  const all: Piece<T>[] = [];
  let at = 0;
  for (const { start, end, chunk } of spans.toSorted((one, other) => one.start - other.start)) {
    if (end <= at) continue;
    if (start > at) all.push({ at, text: original.slice(at, start), chunk: null });
    const from = Math.max(at, start);
    all.push({ at: from, text: original.slice(from, end), chunk });
    at = end;
  }
  if (at < original.length) all.push({ at, text: original.slice(at), chunk: null });
  return all;
}
