import type { components } from '@/api/schema';

type Schemas = components['schemas'];

/** A flow document as the editor holds it: the file's model, with settings of any shape. */
export interface FlowNode {
  id: string;
  kind: string;
  settings?: Record<string, unknown>;
  on_error?: OnError | null;
  timeout?: string | null;
  cache?: { ttl: string } | null;
  body?: Graph | null;
}

export interface OnError {
  retry?: { attempts: number; backoff?: string | null } | null;
  then?: 'fail' | 'default' | 'branch';
  default?: unknown;
}

export interface FlowEdge {
  from: string;
  to: string;
  handle?: string | null;
}

export interface Graph {
  nodes: FlowNode[];
  edges: FlowEdge[];
}

export interface NamedField {
  name: string;
  type?: string;
  required?: boolean;
  default?: unknown;
  options?: unknown[];
  items?: string | null;
  description?: string | null;
}

export type Point = [x: number, y: number];

export const GROUP_COLOURS = ['blue', 'green', 'yellow', 'red', 'grey'] as const;
export type GroupColour = (typeof GROUP_COLOURS)[number];

/** Boxes of one graph that stand together in a frame. */
export interface Group {
  id: string;
  title?: string;
  colour?: GroupColour;
  nodes: string[];
  collapsed?: boolean;
}

export interface FlowDoc extends Graph {
  headwater: number;
  name: string;
  kind: 'chat' | 'task';
  slug?: string | null;
  description?: string;
  tags?: string[];
  inputs?: NamedField[];
  outputs?: NamedField[];
  environment?: NamedField[];
  variables?: NamedField[];
  layout?: Record<string, Point>;
  groups?: Group[];
}

type Wire = Schemas['FlowDocument'];

/** A document of the API, with the lists that may be left out. */
export function fromWire(document: Wire): FlowDoc {
  const { nodes = [], edges = [], ...rest } = document;
  return { ...(rest as unknown as FlowDoc), nodes: nodes as FlowNode[], edges: edges as FlowEdge[] };
}

export const toWire = (doc: FlowDoc) => doc as unknown as Wire;

/** Something wrong with a document: where, what, and what to do about it. */
export interface Problem {
  node: string | null;
  field: string | null;
  message: string;
  fix: string;
}

export const isContainer = (kind: string) => kind === 'each' || kind === 'loop';

/** The box that every flow begins with stands in no list of nodes. */
export const START = 'start';
