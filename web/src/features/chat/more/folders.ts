import { queryOptions } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import type { Conversation } from '@/api/types';
import { refreshConversations } from '../api';

const MOST = 2000;

/** The conversations of a folder that are not pinned, the latest first. */
export function folderQuery(folder: string) {
  return queryOptions({
    queryKey: ['conversations', 'folder', folder],
    queryFn: async () => {
      const all: Conversation[] = [];
      let after: string | undefined;
      do {
        const page = await call(
          client.GET('/api/v1/conversations', { params: { query: { limit: 200, after, folder, pinned: false } } }),
        );
        all.push(...page.items);
        after = page.next ?? undefined;
      } while (after && all.length < MOST);
      return all;
    },
  });
}

export async function createFolder(name: string) {
  const folder = await call(client.POST('/api/v1/conversation-folders', { body: { name } }));
  await refreshConversations();
  return folder;
}

export async function renameFolder(id: string, name: string): Promise<void> {
  await call(client.PATCH('/api/v1/conversation-folders/{id}', { params: { path: { id } }, body: { name } }));
  await refreshConversations();
}

export async function deleteFolder(id: string): Promise<void> {
  await call(client.DELETE('/api/v1/conversation-folders/{id}', { params: { path: { id } } }));
  await refreshConversations();
}
