import type { Chunk } from '@/api/types';

/** A place of a document and the chunks that stand there. */
export interface OutlinePlace {
  /** The first of its chunks. */
  first: string;
  page: number | null;
  /** The last of the headings above it. */
  heading: string;
  /** How many headings are above that one. */
  depth: number;
  ids: string[];
}

const BETWEEN = ' › ';

/** Neighbours with the same page and headings are one place. */
export function outlineOf(chunks: readonly Chunk[]): OutlinePlace[] {
  const places: OutlinePlace[] = [];
  let before: string | null = null;
  for (const chunk of chunks) {
    if (chunk.index === null || chunk.index === undefined) continue;
    const key = `${chunk.page ?? ''} ${chunk.heading ?? ''}`;
    if (before === key) {
      places.at(-1)?.ids.push(chunk.id);
      continue;
    }
    before = key;
    const headings = (chunk.heading ?? '').split(BETWEEN).filter(Boolean);
    places.push({
      first: chunk.id,
      page: chunk.page ?? null,
      heading: headings.at(-1) ?? '',
      depth: Math.max(0, headings.length - 1),
      ids: [chunk.id],
    });
  }
  return places;
}
