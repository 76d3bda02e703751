import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Ellipsis, SquarePen } from 'lucide-react';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import type { Conversation } from '@/api/types';
import { t } from './more/words';
import { t as tc } from './words';
import { withWords } from '@/i18n';
import { Button } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Menu } from '@/ui/menu';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { foldersQuery, looseQuery, pinnedQuery } from './api';
import { groupByDate } from './groups';

const parts = withWords(() => import('./more/list-parts'));
const ConversationItems = lazy(async () => ({ default: (await parts()).ConversationItems }));
const ListItems = lazy(async () => ({ default: (await parts()).ListItems }));
const FolderSection = lazy(async () => ({ default: (await parts()).FolderSection }));
const Asked = lazy(async () => ({ default: (await parts()).Asked }));
const SearchResults = lazy(withWords(() => import('./more/search-results')));

/** What a menu of the list asks for; the dialogs for it are fetched late. */
export type Wish =
  | { kind: 'rename' | 'delete' | 'move' | 'give'; conversation: Conversation }
  | { kind: 'folder'; folder?: { id: string; name: string } }
  | { kind: 'unfolder'; folder: { id: string; name: string } }
  | { kind: 'import' };

export default function ConversationList() {
  const loose = useInfiniteQuery(looseQuery);
  const { data, isPending, hasNextPage, fetchNextPage, isFetchingNextPage } = loose;
  const kept = useQuery(pinnedQuery);
  const filed = useQuery(foldersQuery);
  const pinned = kept.data ?? [];
  const folders = filed.data ?? [];
  // What could not be read is not to look as if there were none.
  const failed = [loose, kept, filed].filter(({ error, data: had }) => error && !had);
  const [wish, setWish] = useState<Wish | null>(null);
  const [words, setWords] = useState('');

  const section = (title: string, items: Conversation[]) => (
    <section key={title}>
      <h2 className="px-2 pb-1 text-12 text-fg-3">{title}</h2>
      <Rows items={items} onWish={setWish} />
    </section>
  );
  return (
    <nav aria-label={t('chat.conversations')} className="flex flex-col gap-2">
      <div className="sticky top-0 z-10 flex items-center gap-0.5 bg-surface-2 pb-1">
        <input
          type="search"
          value={words}
          aria-label={t('chat.search')}
          placeholder={t('chat.search.short')}
          onChange={(event) => setWords(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') setWords('');
          }}
          className="me-0.5 h-8 min-w-0 flex-1 rounded-md border border-line bg-transparent px-2 outline-none placeholder:text-fg-3 focus:border-accent"
        />
        <Link
          to="/chat"
          activeOptions={{ exact: true }}
          aria-label={tc('chat.new')}
          title={tc('chat.new')}
          className="inline-flex size-8 shrink-0 items-center justify-center rounded-md border border-line-strong bg-surface transition-colors hover:bg-surface-3"
        >
          <SquarePen size={14} aria-hidden="true" />
        </Link>
        <RowMenu label={t('chat.listActions')}>
          <ListItems onWish={setWish} />
        </RowMenu>
      </div>
      {words.trim() ? (
        <Suspense>
          <SearchResults words={words.trim()} />
        </Suspense>
      ) : failed[0] ? (
        <ProblemBox error={failed[0].error} onRetry={() => failed.forEach((one) => void one.refetch())} />
      ) : isPending ? (
        <SkeletonRows rows={6} />
      ) : (
        <>
          {pinned.length > 0 && section(t('group.pinned'), pinned)}
          <Suspense>
            {folders.map((folder) => (
              <FolderSection key={folder.id} folder={folder} onWish={setWish} />
            ))}
          </Suspense>
          {groupByDate(data?.pages.flatMap((page) => page.items) ?? [], new Date()).map(({ title, items }) => section(title, items))}
          {hasNextPage && (
            <Button kind="ghost" size="sm" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              {t('action.more')}
            </Button>
          )}
        </>
      )}
      <Suspense>{wish && <Asked wish={wish} onWish={setWish} />}</Suspense>
    </nav>
  );
}

export function Rows({ items, onWish }: { items: Conversation[]; onWish: (wish: Wish) => void }) {
  const { id: current } = useParams({ strict: false });
  return (
    <ul data-rows>
      {items.map((conversation) => {
        const title = conversation.title || t('chat.untitled');
        const active = conversation.id === current;
        return (
          <li
            key={conversation.id}
            className={cx(
              'group/row flex h-8 items-center rounded-md transition-colors',
              active ? 'bg-surface-3' : 'hover:bg-surface-3',
            )}
          >
            <Link
              to="/chat/$id"
              params={{ id: conversation.id }}
              aria-current={active ? 'page' : undefined}
              className={cx('min-w-0 flex-1 truncate rounded-md px-2 leading-8', active ? 'text-fg' : 'text-fg-2')}
              title={title}
            >
              {title}
            </Link>
            <RowMenu label={t('chat.actions', { title })} hidden={!active}>
              <ConversationItems conversation={conversation} onWish={onWish} />
            </RowMenu>
          </li>
        );
      })}
    </ul>
  );
}

interface RowMenuProps {
  label: string;
  hidden?: boolean;
  align?: 'start' | 'end';
  children: ReactNode;
}

/** The menu at the end of a row; its items are fetched when they are looked for. */
export function RowMenu({ label, hidden, align = 'start', children }: RowMenuProps) {
  return (
    <Menu
      align={align}
      trigger={
        <button
          type="button"
          aria-label={label}
          onPointerEnter={() => void parts()}
          onFocus={() => void parts()}
          className={cx(
            'me-0.5 flex size-7 shrink-0 items-center justify-center rounded-md text-fg-3 hover:text-fg focus-visible:opacity-100 aria-expanded:opacity-100 pointer-coarse:opacity-100',
            hidden && 'opacity-0 group-hover/row:opacity-100',
          )}
        >
          <Ellipsis size={15} />
        </button>
      }
    >
      <Suspense>{children}</Suspense>
    </Menu>
  );
}
