import type { Document } from '@/api/types';
import { hasFailed, isUnfinished } from './document-list';

export const STATES = ['working', 'ready', 'failed', 'cancelled'] as const;
export type State = (typeof STATES)[number];

export const ORDERS = ['newest', 'name', 'size', 'chunks', 'changed'] as const;
export type Order = (typeof ORDERS)[number];

/** Which documents are shown, and in which order; a part of the address. */
export interface Choice {
  q?: string | undefined;
  state?: State | undefined;
  sort?: Order | undefined;
}

export function stateOf(document: Document): State {
  if (isUnfinished(document)) return 'working';
  if (hasFailed(document)) return 'failed';
  return document.status === 'cancelled' ? 'cancelled' : 'ready';
}

/** Whether all words are in its name, or are a value of its metadata. */
function speaksOf(document: Document, words: string[]): boolean {
  const said = [document.name, ...Object.entries(document.metadata).map(([name, value]) => `${name}:${[value].flat().join(' ')}`)];
  const text = said.join('\n').toLowerCase();
  return words.every((word) => text.includes(word));
}

type Compare = (one: Document, other: Document) => number;

/** What of the documents is shown. `names` orders names as the language does. */
export function chosen(documents: readonly Document[], choice: Choice, names: (one: string, other: string) => number): Document[] {
  const words = (choice.q ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const fitting = documents.filter(
    (document) => (!choice.state || stateOf(document) === choice.state) && speaksOf(document, words),
  );
  const orders: Record<Order, Compare | null> = {
    // As they come.
    newest: null,
    name: (one, other) => names(one.name, other.name),
    size: (one, other) => other.bytes - one.bytes,
    chunks: (one, other) => other.chunks - one.chunks,
    changed: (one, other) => (one.updated_at < other.updated_at ? 1 : -1),
  };
  const order = orders[choice.sort ?? 'newest'];
  return order ? fitting.toSorted(order) : fitting;
}

/** Reads a choice from an address. */
export function readChoice(search: { q?: string | undefined; state?: string | undefined; sort?: string | undefined }): Choice {
  return { q: search.q, state: STATES.find((one) => one === search.state), sort: ORDERS.find((one) => one === search.sort) };
}
