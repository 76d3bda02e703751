import type { Chunk } from '@/api/types';
import { findLetters, lettersOf, type Span } from './find';

/** Where on a page one chunk stands. Without a piece of text it is the page as a whole. */
export interface Mark {
  id: string;
  pieces: Piece[];
}

/** A piece of one of the texts that a page consists of. */
export interface Piece extends Span {
  item: number;
}

type Marked = Pick<Chunk, 'id' | 'text' | 'source_text' | 'page' | 'index'>;

/** A chunk of an earlier page goes on here when at least so many of its letters stand here. */
const GOES_ON = 60;

/** Chunks that begin on a page, in order, and the one before them, which may go on to it. */
function chunksOf<T extends Marked>(chunks: readonly T[], page: number): { own: T[]; before: T | null } {
  const own = chunks.filter((chunk) => chunk.page === page);
  let before: T | null = null;
  for (const chunk of chunks) {
    if (typeof chunk.page === 'number' && chunk.page < page && (before?.page ?? 0) <= chunk.page) before = chunk;
  }
  return { own, before };
}

/** Marks that end a sentence belong to its last word. */
const AFTER = /[^\s\p{L}\p{N}]*/uy;

function endOf(text: string, end: number): number {
  AFTER.lastIndex = end;
  return end + (AFTER.exec(text)?.[0].length ?? 0);
}

/** Cuts a span of the joined texts where one text ends and the next begins. */
function piecesOf(span: Span, starts: readonly number[], items: readonly string[]): Piece[] {
  const pieces: Piece[] = [];
  for (const [item, text] of items.entries()) {
    const first = starts[item] ?? 0;
    if (first >= span.end) break;
    const start = Math.max(0, span.start - first);
    const end = Math.min(text.length, span.end - first);
    if (end > start) pieces.push({ item, start, end });
  }
  return pieces;
}

/** Where the chunks of a page stand in the texts it consists of. */
export function marksOf(items: readonly string[], chunks: readonly Marked[], page: number): Mark[] {
  const starts: number[] = [];
  let length = 0;
  for (const item of items) {
    starts.push(length);
    length += item.length;
  }
  const text = items.join('');
  const letters = lettersOf(text);
  const { own, before } = chunksOf(chunks, page);
  const markOf = (chunk: Marked, spans: readonly Span[]): Mark => ({
    id: chunk.id,
    pieces: spans.flatMap(({ start, end }) => piecesOf({ start: letters.starts[start] ?? 0, end: endOf(text, letters.ends[end - 1] ?? 0) }, starts, items)),
  });
  const marks: Mark[] = [];
  let from = 0;
  for (const chunk of own) {
    const spans = findLetters(letters, chunk.source_text ?? chunk.text, from);
    from = spans[0] ? spans[0].start + 1 : from;
    marks.push(markOf(chunk, spans));
  }
  if (before) {
    const spans = findLetters(letters, before.source_text ?? before.text);
    const here = spans.reduce((sum, { start, end }) => sum + end - start, 0);
    if (here >= GOES_ON) marks.push(markOf(before, spans));
  }
  return marks;
}
