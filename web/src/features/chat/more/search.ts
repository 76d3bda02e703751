import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import type { Conversation } from '@/api/types';

/** Where my conversations have words: the latest fifty places. */
export function searchQuery(words: string) {
  return queryOptions({
    queryKey: ['conversation-search', words],
    queryFn: async ({ signal }) => {
      const page = await call(client.GET('/api/v1/conversations/search', { params: { query: { q: words, limit: 50 } }, signal }));
      return page.items;
    },
    placeholderData: keepPreviousData,
    enabled: words !== '',
    staleTime: 5_000,
  });
}

const MOST_CONVERSATIONS = 2000;

/** My conversations, for finding one by its title: the latest two thousand. */
export const allConversationsQuery = queryOptions({
  queryKey: ['conversations', 'all'],
  queryFn: async () => {
    const all: Conversation[] = [];
    let after: string | undefined;
    do {
      const page = await call(client.GET('/api/v1/conversations', { params: { query: { limit: 200, after } } }));
      all.push(...page.items);
      after = page.next ?? undefined;
    } while (after && all.length < MOST_CONVERSATIONS);
    return all;
  },
  staleTime: 30_000,
});
