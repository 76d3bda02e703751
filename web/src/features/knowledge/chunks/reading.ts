import type { Chunk } from '@/api/types';
import { outlineOf } from './places';

/** What was read under one heading, or on one page. */
export interface Section {
  key: string;
  page: number | null;
  heading: string;
  depth: number;
  paragraphs: Paragraph[];
}

/** A chunk's own text, without what the chunk before it has already said. */
export interface Paragraph {
  chunk: Chunk;
  text: string;
}

/** So many letters that are the same may be chance. */
const LEAST = 12;
/** An overlap is no longer than this. */
const MOST = 4000;

/** How much of a text's beginning is the end of the text before it. */
export function overlap(before: string, text: string): number {
  const tail = before.slice(-MOST);
  const begin = text.slice(0, LEAST);
  if (begin.length < LEAST) return 0;
  for (let at = tail.indexOf(begin); at >= 0; at = tail.indexOf(begin, at + 1)) {
    if (text.startsWith(tail.slice(at))) return tail.length - at;
  }
  return 0;
}

const said = ({ source_text, text }: Chunk): string => source_text ?? text;

/** The text of a document as its chunks have it, in order, under its headings and pages. */
export function sectionsOf(chunks: readonly Chunk[]): Section[] {
  const known = new Map(chunks.map((chunk) => [chunk.id, chunk]));
  let before = '';
  return outlineOf(chunks).map(({ first, page, heading, depth, ids }) => ({
    key: first,
    page,
    heading,
    depth,
    paragraphs: ids.flatMap((id): Paragraph[] => {
      const chunk = known.get(id);
      if (!chunk) return [];
      const text = said(chunk);
      const rest = text.slice(overlap(before, text)).trim();
      before = text;
      return [{ chunk, text: rest }];
    }),
  }));
}
