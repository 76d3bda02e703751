import { renderToStaticMarkup } from 'react-dom/server';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { queryClient } from '@/api/query-client';
import type { Conversation, Folder } from '@/api/types';
import { foldersQuery, looseQuery, pinnedQuery } from '../api';
import { folderQuery } from './folders';
import { Marked } from './marked';
import { changeConversation } from './order';

/** A server that never answers. */
vi.mock('@/api/client', () => ({
  call: () => new Promise(() => {}),
  client: new Proxy({}, { get: () => () => null }),
}));

const shown = (text: string, marks: number[][]) =>
  renderToStaticMarkup(<Marked text={text} marks={marks} />).replaceAll(/ class="[^"]*"/g, '');

describe('what was found', () => {
  it('is marked by characters, not by halves of them', () => {
    expect(shown('🐦 heron', [[2, 7]])).toBe('🐦 <mark>heron</mark>');
    expect(shown('知识库里有翠鸟', [[5, 7]])).toBe('知识库里有<mark>翠鸟</mark>');
    expect(shown('none <b>', [])).toBe('none &lt;b&gt;');
  });
});

describe('a conversation that is moved', () => {
  const talk = (id: string, updated: number): Conversation => ({
    id,
    title: id,
    flow_id: 'flw',
    flow_name: 'F',
    pinned: false,
    folder_id: null,
    created_at: '2026-01-01T00:00:00Z',
    updated_at: `2026-01-0${updated}T00:00:00Z`,
  });
  const one = talk('one', 1);
  const folder: Folder = { id: 'fld', name: 'Birds', conversations: 0, created_at: one.created_at };
  const names = (items: Conversation[] | undefined) => items?.map(({ id }) => id).join();
  const lists = () => ({
    loose: names(queryClient.getQueryData(looseQuery.queryKey)?.pages.flatMap((page) => page.items)),
    pinned: names(queryClient.getQueryData(pinnedQuery.queryKey)),
    folder: names(queryClient.getQueryData(folderQuery(folder.id).queryKey)),
  });
  beforeEach(() => {
    queryClient.clear();
    queryClient.setQueryData(looseQuery.queryKey, { pages: [{ items: [talk('two', 2), one], next: null }], pageParams: [undefined] });
    queryClient.setQueryData(pinnedQuery.queryKey, [talk('pin', 3)]);
    queryClient.setQueryData(foldersQuery.queryKey, [folder]);
    queryClient.setQueryData(folderQuery(folder.id).queryKey, []);
  });

  it('stands in its new place before the server says so, by its time', async () => {
    void changeConversation(one, { pinned: true });
    await vi.waitFor(() => expect(lists()).toEqual({ loose: 'two', pinned: 'pin,one', folder: '' }));
    void changeConversation({ ...one, pinned: true }, { pinned: false, folder_id: folder.id });
    await vi.waitFor(() => expect(lists()).toEqual({ loose: 'two', pinned: 'pin', folder: 'one' }));
    void changeConversation({ ...one, folder_id: folder.id }, { folder_id: null });
    await vi.waitFor(() => expect(lists()).toEqual({ loose: 'two,one', pinned: 'pin', folder: '' }));
  });
});
