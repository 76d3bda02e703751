import { call, client } from '@/api/client';
import { queryClient } from '@/api/query-client';
import type { Conversation, ConversationWithMessages, Message, MessageAccepted } from '@/api/types';
import { conversationQuery } from '../api';
import type { Unsent } from '../outbox';

const read = (id: string, m?: string) => call(client.GET('/api/v1/conversations/{id}', { params: { path: { id }, query: { m } } }));

/** The questions that stand where an unsent one would, and were not there before it. */
export function candidates({ messages }: Pick<ConversationWithMessages, 'messages'>, { parent, known }: Unsent): string[] {
  const inPlace = messages.find((one) => one.role === 'user' && (one.parent ?? null) === parent);
  if (!inPlace) return [];
  const all = inPlace.siblings.length > 0 ? inPlace.siblings : [inPlace.id];
  return all.filter((one) => !known.includes(one)).toReversed();
}

const isIt = (message: Message, question: Unsent, id: string) => message.id === id && message.text.trim() === question.text.trim();

/** The question that was sent when no answer came to that, so that it is not asked twice. */
export async function findSent(id: string, question: Unsent): Promise<MessageAccepted | null> {
  const shown = await read(id);
  for (const candidate of candidates(shown, question)) {
    const branch = shown.messages.some((one) => one.id === candidate) ? shown : await read(id, candidate);
    const at = branch.messages.findIndex((one) => isIt(one, question, candidate));
    const [asked, answer] = branch.messages.slice(at, at + 2);
    if (at < 0 || !asked || !answer) continue;
    queryClient.setQueryData(conversationQuery(id).queryKey, branch);
    return { user_message: asked, message: answer, run_id: answer.run_id ?? '' };
  }
  return null;
}

/** A conversation with a flow that was begun and has nothing in it yet. */
export async function findEmpty(flow: string | undefined): Promise<Conversation | null> {
  const { items } = await call(client.GET('/api/v1/conversations', { params: { query: { limit: 5 } } }));
  for (const begun of items) {
    if ((flow && begun.flow_id !== flow) || begun.updated_at !== begun.created_at) continue;
    const shown = await read(begun.id);
    if (shown.messages.length === 0) return begun;
  }
  return null;
}
