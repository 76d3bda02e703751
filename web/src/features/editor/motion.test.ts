import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Viewport } from '@xyflow/react';
import { between, glide, LEGIBLE, sightOf } from './motion';

const FROM: Viewport = { x: 0, y: 0, zoom: 1 };
const TO: Viewport = { x: 100, y: -50, zoom: 0.5 };

/** A canvas that holds a view, and a clock that tells frames. */
function scene(calm: boolean) {
  let view = FROM;
  const frames: ((now: number) => void)[] = [];
  vi.stubGlobal('matchMedia', () => ({ matches: calm }));
  vi.stubGlobal('requestAnimationFrame', (frame: (now: number) => void) => frames.push(frame));
  return {
    canvas: { getViewport: () => view, setViewport: async (to: Viewport) => Boolean((view = to)) },
    tick: (now: number) => frames.splice(0).forEach((frame) => frame(now)),
    view: () => view,
    move: (to: Viewport) => {
      view = to;
    },
    pending: () => frames.length,
  };
}

beforeEach(() => vi.unstubAllGlobals());
afterEach(() => vi.unstubAllGlobals());

describe('the canvas moves by itself', () => {
  it('begins where it is and ends exactly where it was sent', () => {
    expect(between(FROM, TO, 0)).toEqual(FROM);
    expect(between(FROM, TO, 1)).toEqual(TO);
    expect(between(FROM, TO, 0.5).x).toBeGreaterThan(50);
  });

  it('arrives over several frames and then stops', () => {
    const { canvas, tick, view, pending } = scene(false);
    glide(canvas, TO);
    tick(1000);
    tick(1090);
    expect(view().x).toBeGreaterThan(0);
    expect(view().x).toBeLessThan(100);
    tick(1200);
    expect(view()).toEqual(TO);
    expect(pending()).toBe(0);
  });

  it('leaves the canvas to whoever moves it meanwhile', () => {
    const { canvas, tick, view, move } = scene(false);
    glide(canvas, TO);
    tick(1000);
    tick(1050);
    const theirs = { x: 7, y: 7, zoom: 2 };
    move(theirs);
    tick(1100);
    tick(1300);
    expect(view()).toEqual(theirs);
  });

  it('is there at once where the system asks for rest', () => {
    const { canvas, view } = scene(true);
    glide(canvas, TO);
    expect(view()).toEqual(TO);
  });
});

describe('the first sight of a graph', () => {
  const room = { width: 700, height: 500 };

  it('is all of it where that is legible', () => {
    const { zoom, x } = sightOf({ x: 0, y: 0, width: 500, height: 100 }, { x: 0, y: 0 }, room, LEGIBLE);
    expect(zoom).toBe(1);
    expect(x).toBe(100);
  });

  it('is its beginning where it is not, and never smaller than one can read', () => {
    const { zoom, x, y } = sightOf({ x: 0, y: -900, width: 5000, height: 2000 }, { x: 0, y: 100 }, room, LEGIBLE);
    expect(zoom).toBe(0.75);
    expect(x).toBe(40);
    expect(y + 128 * zoom).toBe(250);
  });

  it('is in the middle on the side on which it fits', () => {
    const { x, y, zoom } = sightOf({ x: 0, y: 0, width: 5000, height: 100 }, { x: 0, y: 20 }, room, LEGIBLE);
    expect([x, zoom]).toEqual([40, 0.75]);
    expect(y).toBe(250 - 50 * 0.75);
  });
});
