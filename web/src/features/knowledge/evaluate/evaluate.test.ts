import { expect, it } from 'vitest';
import type { EvaluatedQuestion } from './evaluate-api';
import { headline, inOrder, leading, worstFirst } from './measures';

const MEASURES = { mrr: 0.5, 'recall@10': 0.9, 'ndcg@10': 0.6, 'ndcg@1': 0.4, 'recall@1': 0.2, map: 0.4, 'hit@10': 1, 'precision@5': 0.1 };

it('measures are read by what they are, then by depth', () => {
  expect(inOrder(MEASURES)).toEqual(['ndcg@1', 'ndcg@10', 'recall@1', 'recall@10', 'precision@5', 'hit@10', 'mrr', 'map']);
});

it('a line has the deepest of those that say most', () => {
  expect(headline(MEASURES)).toEqual(['ndcg@10', 'recall@10', 'hit@10', 'mrr']);
  expect(leading({})).toBeUndefined();
});

it('questions that found least come first, those that were not measured last', () => {
  const question = (position: number, measures: Record<string, number>) => ({ question_id: `q${position}`, position, result: { measures } }) as unknown as EvaluatedQuestion;
  const all = [question(0, { mrr: 1 }), question(1, {}), question(2, { mrr: 0 }), question(3, { mrr: 0 })];
  expect(worstFirst(all, 'mrr').map(({ position }) => position)).toEqual([2, 3, 0, 1]);
});
