import type { FlowEdge } from './model';

/** Tells edges apart: where one begins, by which way out, and where it leads. */
export const edgeKey = (edge: FlowEdge) => JSON.stringify([edge.from, edge.handle ?? null, edge.to]);

/** The handle of a node that has one way out. */
export const ONLY = 'out';
export const INLET = 'in';
