import { queryOptions } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import type { Conversation } from '@/api/types';
import type { TalkFlow } from '../start-api';

/** The most cards, and the most questions, that a new chat begins with. */
export const MOST_STARTS = 4;

/** Runs that are looked through for questions. */
const LATEST = 20;

interface Asked {
  input?: unknown;
  conversation_id?: string | null;
}

/** The texts that were asked, each once, the latest first. */
export function questionsOf(runs: Asked[]): string[] {
  const texts = runs.flatMap(({ input, conversation_id }) => {
    if (!conversation_id || typeof input !== 'object' || input === null) return [];
    const { question } = input as { question?: unknown };
    return typeof question === 'string' ? question.trim() : [];
  });
  return [...new Set(texts)].filter((text) => text !== '' && text.length <= 200 && !text.includes('\n')).slice(0, MOST_STARTS);
}

/** What I asked a flow last. */
export function questionsQuery(flow: string) {
  return queryOptions({
    queryKey: ['runs', 'questions', flow],
    queryFn: async () => {
      const query = { flow, user: 'me', limit: LATEST };
      const { items } = await call(client.GET('/api/v1/runs', { params: { query } }));
      return questionsOf(items);
    },
    staleTime: 30_000,
    retry: false,
  });
}

/** The flows to begin with: the chosen one is not among them, the latest used come first. */
export function flowsToOffer(flows: TalkFlow[], chosen: string, conversations: Conversation[]) {
  const last = (id: string) => conversations.find(({ flow_id }) => flow_id === id);
  return flows
    .filter(({ id }) => id !== chosen)
    .map((flow) => ({ flow, title: last(flow.id)?.title ?? null, at: last(flow.id)?.updated_at ?? '' }))
    .toSorted((one, other) => other.at.localeCompare(one.at))
    .slice(0, MOST_STARTS);
}
