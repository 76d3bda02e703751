import type { Passage } from '@/api/types';

/** The lists a passage may have stood in, in the order in which they are made. */
export const LISTS = ['words', 'vectors', 'fused', 'reranked'] as const;
export type List = (typeof LISTS)[number];

export interface Standing {
  list: List;
  rank: number;
  score: number;
  /** Of the highest score of that list among these passages, from 0 to 1. */
  share: number;
}

/** The highest score of each list among the passages of a search. */
export function highest(passages: readonly Passage[]): Record<List, number> {
  const all: Record<List, number> = { words: 0, vectors: 0, fused: 0, reranked: 0 };
  for (const { ranking } of passages) {
    for (const list of LISTS) all[list] = Math.max(all[list], ranking?.[list]?.score ?? 0);
  }
  return all;
}

/** Where a passage stood. With one list only there was nothing to fuse, and that row says nothing new. */
export function standings({ ranking }: Passage, most: Record<List, number>): Standing[] {
  if (!ranking) return [];
  const alone = !ranking.words !== !ranking.vectors && !(most.words > 0 && most.vectors > 0);
  return LISTS.flatMap((list): Standing[] => {
    const place = ranking[list];
    if (!place || (list === 'fused' && alone)) return [];
    const share = most[list] > 0 ? Math.min(1, Math.max(0, place.score / most[list])) : 0;
    return [{ list, rank: place.rank, score: place.score, share }];
  });
}

/** How many places a passage moved from one search to the other; null when the other did not find it. */
export function movedFrom(before: readonly Passage[], passage: Passage, rank: number): number | null {
  const at = before.findIndex(({ chunk_id }) => chunk_id === passage.chunk_id);
  return at < 0 ? null : at + 1 - rank;
}
