import type { EvaluatedQuestion } from './evaluate-api';

const ORDER = ['ndcg', 'recall', 'precision', 'hit', 'mrr', 'map'];

/** "ndcg@10" in two: what it is, and how deep. */
function parts(measure: string): [string, number] {
  const [name = '', depth = '0'] = measure.split('@');
  return [name, Number(depth)];
}

/** Measures in the order in which they are read: by what they are, then by depth. */
export function inOrder(measures: Record<string, unknown>): string[] {
  return Object.keys(measures).toSorted((one, other) => {
    const [a, deepA] = parts(one);
    const [b, deepB] = parts(other);
    return ORDER.indexOf(a) - ORDER.indexOf(b) || deepA - deepB;
  });
}

/** The few that say most, for a line: the deepest of the order and of what is found, and the first place. */
export function headline(measures: Record<string, unknown>): string[] {
  const all = inOrder(measures);
  const deepest = (name: string) => all.findLast((measure) => parts(measure)[0] === name);
  return [deepest('ndcg'), deepest('recall'), deepest('hit'), all.find((measure) => measure === 'mrr')].filter((one) => one !== undefined);
}

/** The measure that questions are ordered by: how good the order of what was found is. */
export function leading(measures: Record<string, unknown>): string | undefined {
  return headline(measures)[0];
}

/** Worst first: what was found badly is what one wants to see; what was not measured comes last. */
export function worstFirst(questions: readonly EvaluatedQuestion[], measure: string | undefined): EvaluatedQuestion[] {
  const value = ({ result }: EvaluatedQuestion) => (measure ? (result?.measures as Record<string, number> | undefined)?.[measure] : undefined) ?? Infinity;
  return questions.toSorted((one, other) => value(one) - value(other) || one.position - other.position);
}
