import { getViewportForBounds, type ReactFlowInstance, type Viewport } from '@xyflow/react';

/** How long the canvas takes to move, in milliseconds; it does not move where the system asks for rest. */
const DURATION = 180;
const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
const same = (one: Viewport, other: Viewport) => one.x === other.x && one.y === other.y && one.zoom === other.zoom;

/** What the helpers below need of a canvas, whatever its boxes hold. */
type View = Pick<ReactFlowInstance, 'getViewport' | 'setViewport'>;
type Boxes = View & Pick<ReactFlowInstance, 'getNodes' | 'getNodesBounds'>;

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

/** Shows all boxes, within the room that `area` has. */
export function showAll(canvas: Boxes, area: Element | null, { padding, minZoom = 0.1 }: { padding: number; minZoom?: number }): void {
  const { width, height } = area?.getBoundingClientRect() ?? { width: 0, height: 0 };
  if (width === 0 || height === 0) return;
  glide(canvas, getViewportForBounds(canvas.getNodesBounds(canvas.getNodes()), width, height, minZoom, 1, padding));
}
