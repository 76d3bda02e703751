import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import { queryClient } from '@/api/query-client';
import type { Conversation, ConversationWithMessages, MessageAccepted } from '@/api/types';
import { follow } from './live-runs';

export const conversationsQuery = infiniteQueryOptions({
  queryKey: ['conversations'],
  queryFn: ({ pageParam }) =>
    call(client.GET('/api/v1/conversations', { params: { query: { limit: 50, after: pageParam } } })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.next ?? undefined,
});

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

export function conversationQuery(id: string) {
  return queryOptions({
    queryKey: ['conversation', id],
    queryFn: () => call(client.GET('/api/v1/conversations/{id}', { params: { path: { id } } })),
  });
}

/** Published flows that hold conversations. */
export const chatFlowsQuery = queryOptions({
  queryKey: ['flows', 'chat'],
  queryFn: async () => {
    const { items } = await call(client.GET('/api/v1/flows', { params: { query: { limit: 100 } } }));
    return items.filter((flow) => flow.kind === 'chat' && typeof flow.published === 'number');
  },
  staleTime: 60_000,
});

export function refreshConversations() {
  return queryClient.invalidateQueries({ queryKey: conversationsQuery.queryKey });
}

export async function createConversation(flowId?: string) {
  const conversation = await call(client.POST('/api/v1/conversations', { body: { flow_id: flowId } }));
  queryClient.setQueryData(conversationQuery(conversation.id).queryKey, { ...conversation, messages: [] });
  return conversation;
}

/** Follows the run of an answer; when it ends, the stored message takes the place of the live one. */
export function followAnswer(conversationId: string, runId: string, text: string) {
  follow(runId, text, async () => {
    await queryClient.invalidateQueries({ queryKey: conversationQuery(conversationId).queryKey });
    void refreshConversations();
  });
}

function change(id: string, edit: (before: ConversationWithMessages) => ConversationWithMessages) {
  queryClient.setQueryData(conversationQuery(id).queryKey, (before) => (before ? edit(before) : before));
}

function accepted(id: string, { run_id, message }: MessageAccepted) {
  followAnswer(id, run_id, message.text);
  void refreshConversations();
}

export async function sendMessage(id: string, text: string): Promise<void> {
  await queryClient.cancelQueries({ queryKey: conversationQuery(id).queryKey });
  const answer = await call(
    client.POST('/api/v1/conversations/{id}/messages', { params: { path: { id } }, body: { text } }),
  );
  change(id, (before) => ({
    ...before,
    title: before.title || text,
    messages: [...before.messages, answer.user_message, answer.message],
  }));
  accepted(id, answer);
}

export async function regenerate(id: string, messageId: string): Promise<void> {
  const answer = await call(
    client.POST('/api/v1/conversations/{id}/messages/{message_id}/regenerate', {
      params: { path: { id, message_id: messageId } },
    }),
  );
  change(id, (before) => ({
    ...before,
    messages: [...before.messages.filter((message) => message.id !== messageId), answer.message],
  }));
  accepted(id, answer);
}

export function cancelRun(runId: string) {
  return call(client.POST('/api/v1/runs/{id}/cancel', { params: { path: { id: runId } } }));
}

export async function renameConversation(id: string, title: string): Promise<void> {
  await call(client.PATCH('/api/v1/conversations/{id}', { params: { path: { id } }, body: { title } }));
  change(id, (before) => ({ ...before, title }));
  await refreshConversations();
}

export async function deleteConversation(id: string): Promise<void> {
  await call(client.DELETE('/api/v1/conversations/{id}', { params: { path: { id } } }));
  queryClient.removeQueries({ queryKey: conversationQuery(id).queryKey });
  await refreshConversations();
}
