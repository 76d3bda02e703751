import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { API, call, client, refused, sessionHeaders } from '@/api/client';
import { errorFrom } from '@/api/errors';
import { queryClient } from '@/api/query-client';
import type { components } from '@/api/schema';

type Schemas = components['schemas'];
export type Evaluation = Schemas['Evaluation'];
export type EvaluationSettings = Schemas['EvaluationSettings'];
export type EvaluatedQuestion = Schemas['Page_EvaluatedQuestion']['items'][number];
export type Comparison = Schemas['Comparison'];

const isOver = ({ status }: Evaluation) => !['queued', 'running'].includes(status);

export function questionSetsQuery(id: string) {
  return queryOptions({
    queryKey: ['question-sets', id],
    queryFn: async () => (await call(client.GET('/api/v1/knowledge-bases/{id}/question-sets', { params: { path: { id }, query: { limit: 200 } } }))).items,
  });
}

/** Evaluations of a knowledge base, newest first; asked for again while one is under way. */
export function evaluationsQuery(id: string) {
  return queryOptions({
    queryKey: ['evaluations', id],
    queryFn: async () => (await call(client.GET('/api/v1/knowledge-bases/{id}/evaluations', { params: { path: { id }, query: { limit: 100 } } }))).items,
    refetchInterval: ({ state }) => (state.data?.some((one) => !isOver(one)) ? 1500 : false),
  });
}

/** What each question of an evaluation found. */
export function evaluatedQuery({ id, status }: Evaluation) {
  return infiniteQueryOptions({
    queryKey: ['evaluated', id, status],
    queryFn: ({ pageParam }) => call(client.GET('/api/v1/evaluations/{id}/questions', { params: { path: { id }, query: { limit: 50, after: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

export function comparisonQuery(before: string, after: string, measure: string | undefined) {
  return queryOptions({
    queryKey: ['comparison', before, after, measure ?? null],
    queryFn: () => call(client.GET('/api/v1/evaluations/{id}/compare/{after}', { params: { path: { id: before, after }, query: { measure } } })),
    retry: false,
  });
}

function changed(id: string): void {
  void queryClient.invalidateQueries({ queryKey: questionSetsQuery(id).queryKey });
  void queryClient.invalidateQueries({ queryKey: evaluationsQuery(id).queryKey });
}

/** Makes a set and fills it with the questions of a file; a file that is wrong leaves no set. */
export async function createQuestionSet(id: string, name: string, questions: string) {
  const set = await call(client.POST('/api/v1/knowledge-bases/{id}/question-sets', { params: { path: { id } }, body: { name } }));
  try {
    if (questions) await importQuestions(id, set.id, questions);
  } catch (error) {
    await deleteQuestionSet(id, set.id);
    throw error;
  }
  changed(id);
  return set;
}

export async function importQuestions(id: string, set: string, questions: string) {
  const done = await call(client.POST('/api/v1/question-sets/{id}/import', { params: { path: { id: set } }, body: { questions } }));
  changed(id);
  return done;
}

export async function deleteQuestionSet(id: string, set: string): Promise<void> {
  await call(client.DELETE('/api/v1/question-sets/{id}', { params: { path: { id: set } } }));
  changed(id);
}

/** All questions of a set, as lines of JSON that an import reads. */
export async function exportQuestions(set: string): Promise<Blob> {
  const response = await fetch(`${API}/question-sets/${encodeURIComponent(set)}/export`, { headers: sessionHeaders(), credentials: 'same-origin' });
  if (!response.ok) throw refused(errorFrom(response, await response.json().catch(() => null)));
  return response.blob();
}

export async function startEvaluation(id: string, set: string, settings: Partial<EvaluationSettings>) {
  const evaluation = await call(
    client.POST('/api/v1/knowledge-bases/{id}/evaluations', { params: { path: { id } }, body: { question_set: set, settings: settings as EvaluationSettings } }),
  );
  changed(id);
  return evaluation;
}

export async function cancelEvaluation({ id, knowledge_base_id }: Evaluation) {
  await call(client.POST('/api/v1/evaluations/{id}/cancel', { params: { path: { id } } }));
  changed(knowledge_base_id);
}

export async function deleteEvaluation({ id, knowledge_base_id }: Evaluation) {
  await call(client.DELETE('/api/v1/evaluations/{id}', { params: { path: { id } } }));
  changed(knowledge_base_id);
}
