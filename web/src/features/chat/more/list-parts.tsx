import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { BookMarked, Braces, ChevronRight, FileDown, FileUp, Folder, FolderInput, FolderPlus, Link2, Pencil, Pin, PinOff, Trash2 } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { asApiError } from '@/api/errors';
import type { Conversation, Folder as FolderOf } from '@/api/types';
import { readStored, writeStored } from '@/api/stored';
import { usePermission } from '@/features/session/api';
import { withWords } from '@/i18n';
import { formatNumber } from '@/i18n/format';
import { cx } from '@/ui/cx';
import { MenuItem, MenuLine } from '@/ui/menu';
import { SkeletonRows } from '@/ui/skeleton';
import { toast } from '@/ui/toast';
import { Rows, RowMenu, type Wish } from '../conversation-list';
import { folderQuery } from './folders';
import { changeQuietly } from './order';
import { t } from './words';

const dialogs = withWords(() => import('../conversation-dialogs'));
const RenameConversation = lazy(async () => ({ default: (await dialogs()).RenameConversation }));
const DeleteConversation = lazy(async () => ({ default: (await dialogs()).DeleteConversation }));
const folderDialogs = withWords(() => import('./folder-dialogs'));
const NameFolder = lazy(async () => ({ default: (await folderDialogs()).NameFolder }));
const DeleteFolder = lazy(async () => ({ default: (await folderDialogs()).DeleteFolder }));
const MoveConversation = lazy(async () => ({ default: (await folderDialogs()).MoveConversation }));
const GiveOut = lazy(withWords(() => import('./give-out')));
const ImportConversation = lazy(withWords(() => import('./import-dialog')));

/** Saves a conversation as a file; what does so is fetched when it is asked for. */
function exportAs(form: 'markdown' | 'json', conversation: Conversation): void {
  withWords(() => import('../export'))()
    .then(({ saveConversation }) => saveConversation(form, conversation.id))
    .catch((error: unknown) => toast.error(asApiError(error).message));
}

interface ItemsProps {
  conversation: Conversation;
  onWish: (wish: Wish) => void;
}

export function ConversationItems({ conversation, onWish }: ItemsProps) {
  const { pinned } = conversation;
  const mayShare = usePermission('chat.share');
  return (
    <>
      <MenuItem icon={<Pencil size={14} />} onSelect={() => onWish({ kind: 'rename', conversation })}>
        {t('action.rename')}
      </MenuItem>
      <MenuItem
        icon={pinned ? <PinOff size={14} /> : <Pin size={14} />}
        onSelect={() => changeQuietly(conversation, { pinned: !pinned })}
      >
        {t(pinned ? 'chat.unpin' : 'chat.pin')}
      </MenuItem>
      <MenuItem icon={<FolderInput size={14} />} onSelect={() => onWish({ kind: 'move', conversation })}>
        {t('chat.move')}
      </MenuItem>
      {mayShare && (
        <MenuItem icon={<Link2 size={14} />} onSelect={() => onWish({ kind: 'give', conversation })}>
          {t('chat.give')}
        </MenuItem>
      )}
      <MenuLine />
      <MenuItem icon={<FileDown size={14} />} onSelect={() => exportAs('markdown', conversation)}>
        {t('chat.export.markdown')}
      </MenuItem>
      <MenuItem icon={<Braces size={14} />} onSelect={() => exportAs('json', conversation)}>
        {t('chat.export.json')}
      </MenuItem>
      <MenuLine />
      <MenuItem icon={<Trash2 size={14} />} danger onSelect={() => onWish({ kind: 'delete', conversation })}>
        {t('action.delete')}
      </MenuItem>
    </>
  );
}

export function ListItems({ onWish }: { onWish: (wish: Wish) => void }) {
  const navigate = useNavigate();
  return (
    <>
      <MenuItem icon={<BookMarked size={14} />} onSelect={() => void navigate({ to: '/chat/prompts' })}>
        {t('chat.prompts')}
      </MenuItem>
      <MenuItem icon={<FolderPlus size={14} />} onSelect={() => onWish({ kind: 'folder' })}>
        {t('folder.new')}
      </MenuItem>
      <MenuItem icon={<FileUp size={14} />} onSelect={() => onWish({ kind: 'import' })}>
        {t('chat.import')}
      </MenuItem>
    </>
  );
}

/** A folder of the list, open or not as it was left. */
export function FolderSection({ folder, onWish }: { folder: FolderOf; onWish: (wish: Wish) => void }) {
  const kept = `headwater.folder.${folder.id}`;
  const [open, setOpen] = useState(() => readStored(kept) === 'open');
  const { data, isPending } = useQuery({ ...folderQuery(folder.id), enabled: open });
  const toggle = () => {
    writeStored(kept, open ? null : 'open');
    setOpen(!open);
  };
  return (
    <section data-testid="folder">
      <div className="group/row flex h-8 items-center rounded-md hover:bg-surface-3">
        <button
          type="button"
          aria-expanded={open}
          onClick={toggle}
          className="flex h-8 min-w-0 flex-1 items-center gap-1.5 rounded-md px-1.5 text-start text-fg-2"
        >
          <ChevronRight size={13} className={cx('shrink-0 text-fg-3 transition-transform rtl:-scale-x-100', open && 'rotate-90 rtl:rotate-90')} />
          <Folder size={14} className="shrink-0 text-fg-3" aria-hidden="true" />
          <span className="min-w-0 flex-1 truncate">{folder.name}</span>
          <span className="num text-11 text-fg-3">{formatNumber(folder.conversations)}</span>
        </button>
        <RowMenu label={t('folder.actions', { name: folder.name })} hidden>
          <MenuItem icon={<Pencil size={14} />} onSelect={() => onWish({ kind: 'folder', folder })}>
            {t('action.rename')}
          </MenuItem>
          <MenuItem icon={<Trash2 size={14} />} danger onSelect={() => onWish({ kind: 'unfolder', folder })}>
            {t('action.delete')}
          </MenuItem>
        </RowMenu>
      </div>
      {open && (
        <div className="ps-4">
          {isPending && <SkeletonRows rows={2} />}
          {data && <Rows items={data} onWish={onWish} />}
          {data?.length === 0 && <p className="px-2 py-1 text-12 text-fg-3">{t('folder.empty')}</p>}
        </div>
      )}
    </section>
  );
}

/** The dialog for what was asked for. */
export function Asked({ wish, onWish }: { wish: Wish; onWish: (wish: Wish | null) => void }) {
  const { id: current } = useParams({ strict: false });
  const navigate = useNavigate();
  const close = () => onWish(null);
  return (
    <Suspense>
      {wish.kind === 'rename' && <RenameConversation conversation={wish.conversation} onClose={close} />}
      {wish.kind === 'move' && <MoveConversation conversation={wish.conversation} onClose={close} />}
      {wish.kind === 'folder' && <NameFolder folder={wish.folder} onClose={close} />}
      {wish.kind === 'unfolder' && <DeleteFolder folder={wish.folder} onClose={close} />}
      {wish.kind === 'give' && <GiveOut conversation={wish.conversation} onClose={close} />}
      {wish.kind === 'import' && <ImportConversation onClose={close} />}
      {wish.kind === 'delete' && (
        <DeleteConversation
          conversation={wish.conversation}
          onClose={close}
          onDeleted={() => {
            if (wish.conversation.id === current) void navigate({ to: '/chat' });
          }}
        />
      )}
    </Suspense>
  );
}
