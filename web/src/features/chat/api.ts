import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import { queryClient, renew } from '@/api/query-client';
import type { Attachment, Conversation, ConversationWithMessages, MessageAccepted } from '@/api/types';
import { follow } from './live-runs';

export const conversationsQuery = infiniteQueryOptions({
  queryKey: ['conversations'],
  queryFn: ({ pageParam }) =>
    call(client.GET('/api/v1/conversations', { params: { query: { limit: 50, after: pageParam } } })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.next ?? undefined,
});

/** Conversations that are neither pinned nor in a folder. */
export const looseQuery = infiniteQueryOptions({
  queryKey: ['conversations', 'loose'],
  queryFn: ({ pageParam }) =>
    call(
      client.GET('/api/v1/conversations', {
        params: { query: { limit: 50, after: pageParam, pinned: false, folder: 'none' } },
      }),
    ),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.next ?? undefined,
});

export const pinnedQuery = queryOptions({
  queryKey: ['conversations', 'pinned'],
  queryFn: async (): Promise<Conversation[]> => {
    const page = await call(client.GET('/api/v1/conversations', { params: { query: { limit: 200, pinned: true } } }));
    return page.items;
  },
});

export const foldersQuery = queryOptions({
  queryKey: ['conversations', 'folders'],
  queryFn: async () => (await call(client.GET('/api/v1/conversation-folders'))).items,
});

/** A conversation with the branch through a message, or with the one that was shown last. */
export function conversationQuery(id: string, m?: string) {
  return queryOptions({
    queryKey: ['conversation', id, m ?? ''],
    queryFn: () => call(client.GET('/api/v1/conversations/{id}', { params: { path: { id }, query: { m } } })),
  });
}

export function refreshConversations() {
  return queryClient.invalidateQueries({ queryKey: conversationsQuery.queryKey });
}

/** Follows the run of an answer; when it ends, the stored message takes the place of the live one. */
export function followAnswer(conversationId: string, runId: string, text: string) {
  follow(runId, text, async () => {
    await renew(['conversation', conversationId]);
    void refreshConversations();
  });
}

/** What was sent ends the branch that is shown, whichever was before. */
function accepted(id: string, shown: ConversationWithMessages | undefined, answer: MessageAccepted): void {
  const { run_id, message, user_message } = answer;
  if (shown) {
    const parent = shown.messages.findIndex((one) => one.id === user_message.parent);
    const messages = [...shown.messages.slice(0, parent + 1), user_message, message];
    queryClient.setQueryData(conversationQuery(id).queryKey, { ...shown, title: shown.title || user_message.text, messages });
  }
  // What was kept of other branches does not know its new sibling.
  void queryClient.invalidateQueries({ queryKey: ['conversation', id], refetchType: shown ? 'none' : 'active' });
  followAnswer(id, run_id, message.text);
  void refreshConversations();
}

const shownNow = (id: string, m?: string) => queryClient.getQueryData(conversationQuery(id, m).queryKey);

interface Question {
  text: string;
  /** The answer it follows; null for a first question. */
  parent?: string | null;
  /** What it carries. */
  files?: Attachment[];
  /** Who answers, in place of the flow's own models; the first of several. */
  models?: string[];
  /** The knowledge bases that are searched, in place of the flow's own. */
  bases?: string[] | undefined;
}

/** How long an attempt may take, in milliseconds; a line that is cut may never say so. */
const PATIENCE = 30_000;

/** Asks in the branch through `m`. */
export async function sendMessage(id: string, { text, parent, files = [], models = [], bases }: Question, m?: string): Promise<MessageAccepted> {
  await queryClient.cancelQueries({ queryKey: ['conversation', id] });
  const shown = shownNow(id, m);
  const sent = await call(
    client.POST('/api/v1/conversations/{id}/messages', {
      params: { path: { id } },
      body: { text, parent, model: models[0], knowledge_bases: bases, attachments: files.flatMap((file) => file.id ?? []) },
      signal: AbortSignal.timeout(PATIENCE),
    }),
  );
  accepted(id, shown, sent);
  return sent;
}

/** How a question is answered again, in the branch through `m`. */
interface Again extends Pick<Question, 'bases'> {
  m?: string | undefined;
  model?: string | undefined;
}

export async function regenerate(id: string, messageId: string, { m, model, bases }: Again): Promise<MessageAccepted> {
  const shown = shownNow(id, m);
  const answer = await call(
    client.POST('/api/v1/conversations/{id}/messages/{message_id}/regenerate', {
      params: { path: { id, message_id: messageId } },
      body: { model, knowledge_bases: bases },
    }),
  );
  accepted(id, shown, answer);
  return answer;
}

/** Shows the branch through a message from now on, here and after a reload. */
export function showBranch(id: string, shown: string) {
  return call(client.PATCH('/api/v1/conversations/{id}', { params: { path: { id } }, body: { shown } }));
}

export function cancelRun(runId: string) {
  return call(client.POST('/api/v1/runs/{id}/cancel', { params: { path: { id: runId } } }));
}
