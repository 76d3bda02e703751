import { queryOptions } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import type { components } from '@/api/schema';
import { queryClient } from '@/api/query-client';
import { conversationQuery } from './api';

export type TalkFlow = components['schemas']['FlowSummary'];

/** Published flows that hold conversations. */
export const talkFlowsQuery = queryOptions({
  queryKey: ['flows', 'chat'],
  queryFn: async () => {
    const { items } = await call(client.GET('/api/v1/flows', { params: { query: { limit: 100 } } }));
    return items.filter((flow) => flow.kind === 'chat' && typeof flow.published === 'number');
  },
  staleTime: 60_000,
});

export async function createConversation(flowId?: string) {
  const conversation = await call(client.POST('/api/v1/conversations', { body: { flow_id: flowId } }));
  queryClient.setQueryData(conversationQuery(conversation.id).queryKey, { ...conversation, searches: false, messages: [] });
  // Whether its flow searches is told by itself.
  void queryClient.invalidateQueries({ queryKey: conversationQuery(conversation.id).queryKey, refetchType: 'none' });
  return conversation;
}
