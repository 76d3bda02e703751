import type { Mark, Piece } from './marks';

/** A place on a page, as parts of its width and height. */
export interface Rect {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Where a chunk stands on a page. Without places it is the page as a whole. */
export interface Placed {
  id: string;
  rects: Rect[];
}

/** Pieces that follow each other on a line become one; between them is nothing but a blank. */
export function lined(rects: readonly Rect[], ratio: number): Rect[] {
  const all: Rect[] = [];
  for (const rect of rects) {
    const last = all.at(-1);
    const gap = last ? (rect.left - last.left - last.width) * ratio : 0;
    if (!last || Math.abs(rect.top - last.top) > rect.height / 2 || gap < -rect.height || gap > 2 * rect.height) {
      all.push({ ...rect });
      continue;
    }
    const bottom = Math.max(last.top + last.height, rect.top + rect.height);
    last.width = Math.max(last.left + last.width, rect.left + rect.width) - last.left;
    last.top = Math.min(last.top, rect.top);
    last.height = bottom - last.top;
  }
  return all;
}

/** Where the pieces of text lie that are marked. */
export function placesOf(marks: readonly Mark[], elements: readonly HTMLElement[], page: HTMLElement): Placed[] {
  const frame = page.getBoundingClientRect();
  const range = document.createRange();
  const rectOf = ({ item, start, end }: Piece): Rect | null => {
    const text = elements[item]?.firstChild;
    if (!(text instanceof Text) || frame.width === 0) return null;
    range.setStart(text, Math.min(start, text.length));
    range.setEnd(text, Math.min(end, text.length));
    const { left, top, width, height } = range.getBoundingClientRect();
    if (width === 0) return null;
    return { left: (left - frame.left) / frame.width, top: (top - frame.top) / frame.height, width: width / frame.width, height: height / frame.height };
  };
  return marks.map(({ id, pieces }) => ({
    id,
    rects: lined(pieces.flatMap((piece) => rectOf(piece) ?? []), frame.width / Math.max(1, frame.height)),
  }));
}

/** How far a height is from a place. */
const away = ({ top, height }: Rect, y: number): number => Math.max(0, top - y, y - top - height);

/** The chunk at a point of a page, and the one that is nearest to it. */
export function chunkAt(placed: readonly Placed[], x: number, y: number): { over: string | null; nearest: string } | null {
  const [first] = placed;
  if (!first) return null;
  let nearest = first.id;
  let least = Infinity;
  for (const { id, rects } of placed) {
    for (const rect of rects) {
      if (away(rect, y) === 0 && x >= rect.left && x <= rect.left + rect.width) return { over: id, nearest: id };
      if (away(rect, y) < least) {
        least = away(rect, y);
        nearest = id;
      }
    }
  }
  return { over: null, nearest };
}
