import type { components } from '@/api/schema';
import { readStored, writeStored } from '@/api/stored';
import type { KnowledgeBase, KnowledgeBaseChanges } from '../api';

type Schemas = components['schemas'];
/** What is absent is as usual; the server fills it in. */
export type Chunking = Partial<Schemas['ChunkingSettings']>;
export type Retrieval = Partial<Schemas['RetrievalSettings']>;

/** What of a knowledge base people set. */
export interface Settings {
  name: string;
  description: string;
  embedding_model: string | null;
  chunking: Chunking;
  retrieval: Retrieval;
}

/** Without what is absent, in one order, so that two of the same compare as the same. */
function tidy<T>(value: T): T {
  if (Array.isArray(value)) return value.map(tidy) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(([, one]) => one !== null && one !== undefined)
    .map(([name, one]) => [name, tidy(one)] as const);
  return Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1))) as T;
}

const same = (one: unknown, other: unknown) => JSON.stringify(tidy(one)) === JSON.stringify(tidy(other));

export function settingsOf({ name, description, embedding_model, chunking, retrieval }: KnowledgeBase): Settings {
  return { name, description, embedding_model: embedding_model ?? null, chunking, retrieval };
}

/** The parts that are otherwise than they are stored; lists of boosts that are empty count as absent. */
export function changesOf(stored: Settings, draft: Settings): KnowledgeBaseChanges {
  const plain = (retrieval: Retrieval) => ({ ...retrieval, boosts: retrieval.boosts?.length ? retrieval.boosts : undefined });
  const changes = {
    ...(draft.name.trim() === stored.name ? {} : { name: draft.name.trim() }),
    ...(draft.description.trim() === stored.description ? {} : { description: draft.description.trim() }),
    ...(draft.embedding_model === stored.embedding_model ? {} : { embedding_model: draft.embedding_model }),
    ...(same(draft.chunking, stored.chunking) ? {} : { chunking: tidy(draft.chunking) }),
    ...(same(plain(draft.retrieval), plain(stored.retrieval)) ? {} : { retrieval: tidy(draft.retrieval) }),
  };
  // The generated types want every field that has a default; the API does not.
  return changes as KnowledgeBaseChanges;
}

/** What saving sets off in the background. */
export type Consequence = 'cut' | 'embed' | 'forgetVectors' | 'search';

export function consequencesOf(
  base: Pick<KnowledgeBase, 'documents' | 'chunks'>,
  changes: { [K in keyof KnowledgeBaseChanges]?: unknown },
): Consequence[] {
  const all: Consequence[] = [];
  if (changes.chunking && base.documents > 0) all.push('cut');
  if (changes.embedding_model && base.chunks > 0) all.push('embed');
  if (changes.embedding_model === null) all.push('forgetVectors');
  if (changes.retrieval) all.push('search');
  return all;
}

const key = (id: string) => `headwater.knowledge.${id}`;

/** Changes that were not saved yet; kept in the tab, so that leaving the page loses nothing. */
export function keptChanges(id: string): Partial<Settings> {
  try {
    return JSON.parse(readStored(key(id), 'tab') ?? '{}') as Partial<Settings>;
  } catch {
    return {};
  }
}

export function keepChanges(id: string, changes: Partial<Settings>): void {
  writeStored(key(id), Object.keys(changes).length > 0 ? JSON.stringify(changes) : null, 'tab');
}
