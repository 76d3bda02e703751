import { queryOptions } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import { queryClient } from '@/api/query-client';
import type { components } from '@/api/schema';

type Schemas = components['schemas'];
export type Rating = Schemas['Rating'];
export type Feedback = Schemas['Feedback'];
export type Annotation = Schemas['Annotation'];
export type By = Schemas['By'];

export interface Given {
  rating: Rating;
  reasons: string[];
  comment: string;
}

const at = (id: string) => ({ params: { path: { id } } });

/** Everything people said of a run. */
export function runFeedbackQuery(run: string) {
  return queryOptions({
    queryKey: ['run', run, 'feedback'],
    queryFn: () => call(client.GET('/api/v1/runs/{id}/feedback', at(run))),
  });
}

/** What one said oneself of the answers of a conversation. */
export function givenQuery(conversation: string) {
  return queryOptions({
    queryKey: ['given-ratings', conversation],
    queryFn: async () => (await call(client.GET('/api/v1/conversations/{id}/feedback', at(conversation)))).items,
    staleTime: 60_000,
  });
}

function said(run: string): void {
  void queryClient.invalidateQueries({ queryKey: ['run', run] });
  void queryClient.invalidateQueries({ queryKey: ['runs'] });
}

/** Rates a run, or takes the rating back; the conversation it belongs to shows it at once. */
export async function rate(run: string, given: Given | null, conversation: string | null): Promise<void> {
  const now = given ? await call(client.PUT('/api/v1/runs/{id}/feedback', { ...at(run), body: given })) : null;
  if (!given) await call(client.DELETE('/api/v1/runs/{id}/feedback', at(run)));
  if (conversation) {
    queryClient.setQueryData(givenQuery(conversation).queryKey, (before) => {
      const others = before?.filter(({ run_id }) => run_id !== run) ?? [];
      return now ? [...others, now] : others;
    });
  }
  said(run);
}

export async function annotate(run: string, body: { answer: string; note: string }): Promise<Annotation> {
  const annotation = await call(client.PUT('/api/v1/runs/{id}/annotation', { ...at(run), body }));
  said(run);
  return annotation;
}

export async function unannotate(run: string): Promise<void> {
  await call(client.DELETE('/api/v1/runs/{id}/annotation', at(run)));
  said(run);
}

/** Makes a run's annotation a question of a set. */
export async function askAgain(run: string, set: string, question: string, citations: number[]): Promise<void> {
  const body = { question_set: set, question: question.trim() || null, citations };
  await call(client.POST('/api/v1/runs/{id}/annotation/question', { ...at(run), body }));
  void queryClient.invalidateQueries({ queryKey: ['question-sets'] });
}
