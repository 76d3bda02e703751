/** A page's width and height, in points. */
export interface Size {
  width: number;
  height: number;
}

export interface Box extends Size {
  top: number;
}

export interface Layout {
  pages: Box[];
  width: number;
  height: number;
}

/** Around and between pages. */
export const GAP = 12;
/** What a browser draws on one canvas without giving up. */
const MOST_PIXELS = 16_000_000;
const LONGEST_SIDE = 8192;
/** A page is no longer than so many times its width; what is longer is not a page that people read. */
const LONGEST = 20;

export const ZOOMS = [0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3, 4] as const;

/** The next larger or smaller of the sizes that are offered. */
export function zoomed(zoom: number, step: 1 | -1): number {
  if (step > 0) return ZOOMS.find((one) => one > zoom) ?? zoom;
  return ZOOMS.findLast((one) => one < zoom) ?? zoom;
}

/** Pages below each other, each as wide as the pane at a zoom of 1. */
export function layoutOf(sizes: readonly Size[], pane: number, zoom: number): Layout {
  const width = Math.max(80, Math.floor((pane - 2 * GAP) * zoom));
  let top = GAP;
  const pages = sizes.map((size) => {
    const box = { top, width, height: Math.round(width * Math.min(LONGEST, size.height / Math.max(1, size.width))) };
    top += box.height + GAP;
    return box;
  });
  return { pages, width: width + 2 * GAP, height: top };
}

/** The page that stands at a height, counted from 0; between two pages the next one. */
export function pageAt({ pages }: Layout, height: number): number {
  let low = 0;
  let high = pages.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    const page = pages[middle];
    if (page && page.top + page.height < height) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many pixels of the screen a page gets for each of its own, so that it is sharp and can be drawn. */
export function sharpness({ width, height }: Size, screen: number): number {
  return Math.min(screen, Math.sqrt(MOST_PIXELS / (width * height)), LONGEST_SIDE / width, LONGEST_SIDE / height);
}
