/**
 * Stands in for `d3-transition` and `d3-interpolate` where the canvas asks for them (see
 * vite.config.ts). The editor moves the canvas itself (`motion.ts`), so the machinery that would
 * animate attributes, colours and transforms stays out of what a flow's first sight loads.
 */
import { selection } from 'd3-selection';

const stay = <T>(chosen: T): T => chosen;

selection.prototype.interrupt = function interrupted() {
  return this;
};

export const interrupt = stay;
/** Nothing goes on between two values: it is the second one at once. */
export const interpolate = <T>(_: T, to: T) => () => to;
export const interpolateZoom = interpolate;
