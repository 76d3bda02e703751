import { readStored, writeStored } from '@/api/stored';
import type { Chunk } from '@/api/types';
import { type Metadata, metadataOf, type Row, rowsOf } from '../metadata';

/** What somebody makes of a chunk, before it is saved. Kept in the tab, so that nothing typed is lost. */
export interface Draft {
  text: string;
  given: string;
  keywords: string;
  rows: Row[];
  /** What the chunk was when the editing began. */
  base: Base;
}

/** What of a chunk people change. */
export interface Base {
  text: string;
  given: string | null;
  keywords: string[];
  metadata: Metadata;
}

export interface Change {
  text?: string;
  given?: string | null;
  keywords?: string[];
  metadata?: Metadata;
}

export const baseOf = ({ text, given, keywords, metadata }: Chunk): Base => ({ text, given: given ?? null, keywords, metadata });

export function draftOf(chunk: Chunk): Draft {
  return {
    text: chunk.text,
    given: chunk.given ?? '',
    keywords: chunk.keywords.join(', '),
    rows: rowsOf(chunk.metadata),
    base: baseOf(chunk),
  };
}

export const keywordsOf = (text: string): string[] => [
  ...new Set(
    text
      .split(/[,;\n，；、]/)
      .map((word) => word.trim())
      .filter(Boolean),
  ),
];

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** What of a chunk a draft changes; null when its metadata is not complete. */
export function changeOf(draft: Draft): Change | null {
  const { base } = draft;
  const metadata = metadataOf(draft.rows);
  if (!metadata) return null;
  const keywords = keywordsOf(draft.keywords);
  const given = draft.given.trim() === '' ? null : draft.given;
  return {
    ...(draft.text === base.text ? {} : { text: draft.text }),
    ...(given === base.given ? {} : { given }),
    ...(same(keywords, base.keywords) ? {} : { keywords }),
    ...(same(metadata, base.metadata) ? {} : { metadata }),
  };
}

/** Whether a chunk is no longer what it was when the editing began. */
export const movedOn = (draft: Draft, now: Chunk): boolean => !same(draft.base, baseOf(now));

const key = (chunkId: string) => `headwater.chunk.${chunkId}`;

export function keptDraft(chunkId: string): Draft | null {
  const stored = readStored(key(chunkId), 'tab');
  try {
    return stored ? (JSON.parse(stored) as Draft) : null;
  } catch {
    return null;
  }
}

export function keepDraft(chunkId: string, draft: Draft | null): void {
  writeStored(key(chunkId), draft ? JSON.stringify(draft) : null, 'tab');
}
