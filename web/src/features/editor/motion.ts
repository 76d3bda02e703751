import { getViewportForBounds, type ReactFlowInstance, type Rect, type Viewport } from '@xyflow/react';
import { WIDTH } from './layout';
import { START } from './model';

/** How long the canvas takes to move, in milliseconds; it does not move where the system asks for rest. */
const DURATION = 180;
const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
const same = (one: Viewport, other: Viewport) => one.x === other.x && one.y === other.y && one.zoom === other.zoom;

/** What the helpers below need of a canvas, whatever its boxes hold. */
type View = Pick<ReactFlowInstance, 'getViewport' | 'setViewport'>;
interface Boxes extends View {
  getNodes: () => { id: string; position: { x: number; y: number } }[];
  getNodesBounds: (ids: string[]) => Rect;
}

/** Part of the way after part of the time: fast at first, slow at the end. */
export const eased = (part: number) => 1 - (1 - Math.min(1, Math.max(0, part))) ** 3;

export function between(from: Viewport, to: Viewport, part: number): Viewport {
  const way = eased(part);
  const at = (one: number, other: number) => (way === 1 ? other : one + (other - one) * way);
  return { x: at(from.x, to.x), y: at(from.y, to.y), zoom: at(from.zoom, to.zoom) };
}

/** Moves the canvas to another view. Whoever moves it meanwhile by hand keeps it. */
export function glide(canvas: View, to: Viewport): void {
  if (calm()) {
    void canvas.setViewport(to);
    return;
  }
  const from = canvas.getViewport();
  let last = from;
  let began: number | null = null;
  const step = (now: number) => {
    if (!same(canvas.getViewport(), last)) return;
    began ??= now;
    const part = (now - began) / DURATION;
    void canvas.setViewport(between(from, to, part));
    last = canvas.getViewport();
    if (part < 1) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}

/** The least that a graph is made smaller for its first sight. */
export const LEGIBLE = { padding: 0.12, minZoom: 0.75 };
/** Pixels between the edge of the canvas and where a graph begins that does not fit. */
const MARGIN = 40;

interface Fit {
  padding: number;
  minZoom: number;
}

/** All of a graph where that is not too small, and its beginning where it is: `first` stands at the left, in the middle. */
export function sightOf(bounds: Rect, first: { x: number; y: number } | undefined, room: { width: number; height: number }, { padding, minZoom }: Fit): Viewport {
  const { x, y, zoom } = getViewportForBounds(bounds, room.width, room.height, minZoom, 1, padding);
  if (!first) return { x, y, zoom };
  const wide = bounds.width * zoom > room.width;
  const high = bounds.height * zoom > room.height;
  return { x: wide ? MARGIN - first.x * zoom : x, y: high ? room.height / 2 - (first.y + 28) * zoom : y, zoom };
}

/** The view of a canvas on which a graph is begun to be read; null while there is no room to be seen in. */
export function viewOfAll(canvas: Boxes, area: Element | null, fit: Fit): Viewport | null {
  const { width, height } = area?.getBoundingClientRect() ?? { width: 0, height: 0 };
  if (width === 0 || height === 0) return null;
  const nodes = canvas.getNodes();
  const first = nodes.find(({ id }) => id === START) ?? nodes.toSorted((one, other) => one.position.x - other.position.x)[0];
  const bounds = canvas.getNodesBounds(nodes.map(({ id }) => id));
  // Beside a start that is alone stands what the first node is added with.
  if (nodes.length === 1 && first?.id === START) bounds.width = 2 * WIDTH + 72;
  return sightOf(bounds, first?.position, { width, height }, fit);
}

/** Shows all boxes, within the room that `area` has; or where they begin, when they would be too small. */
export function showAll(canvas: Boxes, area: Element | null, { padding, minZoom = 0.1 }: { padding: number; minZoom?: number }): void {
  const view = viewOfAll(canvas, area, { padding, minZoom });
  if (view) glide(canvas, view);
}

/** Makes the graph larger or smaller; what is in the middle of `area` stays there. */
export function zoomBy(canvas: View, area: Element | null, factor: number): void {
  const { width, height } = area?.getBoundingClientRect() ?? { width: 0, height: 0 };
  const { x, y, zoom } = canvas.getViewport();
  const next = Math.min(2, Math.max(0.1, zoom * factor));
  const part = next / zoom;
  glide(canvas, { x: width / 2 - (width / 2 - x) * part, y: height / 2 - (height / 2 - y) * part, zoom: next });
}
