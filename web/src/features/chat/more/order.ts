import type { Query } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import { asApiError } from '@/api/errors';
import { queryClient } from '@/api/query-client';
import type { Conversation, ConversationWithMessages } from '@/api/types';
import { toast } from '@/ui/toast';
import { foldersQuery, looseQuery, pinnedQuery, refreshConversations } from '../api';
import { folderQuery } from './folders';

export interface Change {
  title?: string;
  pinned?: boolean;
  folder_id?: string | null;
}

/** Where a conversation stands in the list at once; the server's word follows. */
function place(changed: Conversation): void {
  const latest = (items: Conversation[]) =>
    [changed, ...items].toSorted((one, other) => other.updated_at.localeCompare(one.updated_at));
  const without = (items: Conversation[]) => items.filter(({ id }) => id !== changed.id);
  const loose = !changed.pinned && !changed.folder_id;
  queryClient.setQueryData(pinnedQuery.queryKey, (items) =>
    items && (changed.pinned ? latest(without(items)) : without(items)),
  );
  queryClient.setQueryData(looseQuery.queryKey, (data) => {
    if (!data) return data;
    const pages = data.pages.map((page) => ({ ...page, items: without(page.items) }));
    const [first, ...rest] = pages;
    return { ...data, pages: loose && first ? [{ ...first, items: latest(first.items) }, ...rest] : pages };
  });
  for (const { id } of queryClient.getQueryData(foldersQuery.queryKey) ?? []) {
    const inside = !changed.pinned && changed.folder_id === id;
    queryClient.setQueryData(folderQuery(id).queryKey, (items) =>
      items && (inside ? latest(without(items)) : without(items)),
    );
  }
}

/** Renames, pins or moves a conversation. It is shown so before the server says so, and taken back when it refuses. */
export async function changeConversation(before: Conversation, change: Change): Promise<void> {
  await queryClient.cancelQueries({ queryKey: ['conversations'] });
  place({ ...before, ...change });
  try {
    const changed = await call(
      client.PATCH('/api/v1/conversations/{id}', { params: { path: { id: before.id } }, body: change }),
    );
    // Beside the branches, answers that are compared are kept under longer keys.
    const branches = { queryKey: ['conversation', before.id], predicate: ({ queryKey }: Query) => queryKey.length === 3 };
    queryClient.setQueriesData<ConversationWithMessages>(branches, (shown) => (shown ? { ...shown, ...changed } : shown));
  } finally {
    await refreshConversations();
  }
}

/** The same from a menu, where nothing stays open to say what went wrong. */
export function changeQuietly(before: Conversation, change: Change): void {
  changeConversation(before, change).catch((error: unknown) => toast.error(asApiError(error).message));
}

export async function deleteConversation(id: string): Promise<void> {
  await call(client.DELETE('/api/v1/conversations/{id}', { params: { path: { id } } }));
  queryClient.removeQueries({ queryKey: ['conversation', id] });
  await refreshConversations();
}
