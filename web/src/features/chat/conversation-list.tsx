import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { Braces, Ellipsis, FileDown, Pencil, Trash2 } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { asApiError } from '@/api/errors';
import type { Conversation } from '@/api/types';
import { t } from './words';
import { withWords } from '@/i18n';
import { Button } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Menu, MenuItem } from '@/ui/menu';
import { toast } from '@/ui/toast';
import { SkeletonRows } from '@/ui/skeleton';
import { conversationsQuery } from './api';
import { groupByDate } from './groups';

const dialogs = withWords(() => import('./conversation-dialogs'));
const RenameConversation = lazy(async () => ({ default: (await dialogs()).RenameConversation }));
const DeleteConversation = lazy(async () => ({ default: (await dialogs()).DeleteConversation }));

export function ConversationList() {
  const { data, isPending, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(conversationsQuery);
  const { id: current } = useParams({ strict: false });
  const navigate = useNavigate();
  const [renaming, setRenaming] = useState<Conversation | null>(null);
  const [deleting, setDeleting] = useState<Conversation | null>(null);

  if (isPending) return <SkeletonRows rows={6} />;
  const conversations = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <nav aria-label={t('chat.conversations')} className="flex flex-col gap-4">
      {groupByDate(conversations, new Date()).map((group) => (
        <section key={group.title}>
          <h2 className="px-2 pb-1 text-12 text-fg-3">{group.title}</h2>
          <ul data-rows>
            {group.items.map((conversation) => (
              <Row
                key={conversation.id}
                conversation={conversation}
                active={conversation.id === current}
                onRename={() => setRenaming(conversation)}
                onDelete={() => setDeleting(conversation)}
              />
            ))}
          </ul>
        </section>
      ))}
      {hasNextPage && (
        <Button kind="ghost" size="sm" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t('action.more')}
        </Button>
      )}
      <Suspense>
      {renaming && <RenameConversation conversation={renaming} onClose={() => setRenaming(null)} />}
      {deleting && (
        <DeleteConversation
          conversation={deleting}
          onClose={() => setDeleting(null)}
          onDeleted={() => {
            if (deleting.id === current) void navigate({ to: '/chat' });
          }}
        />
      )}
      </Suspense>
    </nav>
  );
}

/** Saves a conversation as a file; what does so is fetched when it is asked for. */
function exportAs(form: 'markdown' | 'json', conversation: Conversation): void {
  withWords(() => import('./export'))()
    .then(({ saveConversation }) => saveConversation(form, conversation.id))
    .catch((error: unknown) => toast.error(asApiError(error).message));
}

interface RowProps {
  conversation: Conversation;
  active: boolean;
  onRename: () => void;
  onDelete: () => void;
}

function Row({ conversation, active, onRename, onDelete }: RowProps) {
  const title = conversation.title || t('chat.untitled');
  return (
    <li
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
      <Menu
        align="start"
        trigger={
          <button
            type="button"
            aria-label={t('chat.actions', { title })}
            className={cx(
              'me-0.5 flex size-7 items-center justify-center rounded-md text-fg-3 hover:text-fg focus-visible:opacity-100 aria-expanded:opacity-100 pointer-coarse:opacity-100',
              !active && 'opacity-0 group-hover/row:opacity-100',
            )}
          >
            <Ellipsis size={15} />
          </button>
        }
      >
        <MenuItem icon={<Pencil size={14} />} onSelect={onRename}>
          {t('action.rename')}
        </MenuItem>
        <MenuItem icon={<FileDown size={14} />} onSelect={() => exportAs('markdown', conversation)}>
          {t('chat.export.markdown')}
        </MenuItem>
        <MenuItem icon={<Braces size={14} />} onSelect={() => exportAs('json', conversation)}>
          {t('chat.export.json')}
        </MenuItem>
        <MenuItem icon={<Trash2 size={14} />} danger onSelect={onDelete}>
          {t('action.delete')}
        </MenuItem>
      </Menu>
    </li>
  );
}
