import { Link } from '@tanstack/react-router';
import { SquarePen } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import type { Conversation } from '@/api/types';
import { withWords } from '@/i18n';
import { cx } from '@/ui/cx';
import { RowMenu, type Wish } from '../conversation-list';
import { changeQuietly } from './order';
import { t } from './words';

const parts = withWords(() => import('./list-parts'));
const ConversationItems = lazy(async () => ({ default: (await parts()).ConversationItems }));
const Asked = lazy(async () => ({ default: (await parts()).Asked }));

/** Whose conversation this is: its title, its flow, and what can be done with it. */
export default function ConversationHeader({ conversation }: { conversation: Conversation }) {
  const [wish, setWish] = useState<Wish | null>(null);
  const [renaming, setRenaming] = useState(false);
  const title = conversation.title || t('chat.untitled');
  const ask = (next: Wish) => {
    if (next.kind === 'rename') setRenaming(true);
    else setWish(next);
  };
  return (
    <>
      <div className="flex min-w-0 flex-1 items-baseline gap-2">
        <h1 className={cx('flex min-w-0', renaming && 'flex-1')}>
          {renaming ? (
            <TitleField conversation={conversation} onEnd={() => setRenaming(false)} />
          ) : (
            <button
              type="button"
              title={t('header.rename')}
              onClick={() => setRenaming(true)}
              className="-ms-1.5 min-w-0 truncate rounded-md px-1.5 py-1 font-semibold transition-colors hover:bg-surface-3"
            >
              {title}
            </button>
          )}
        </h1>
        {!renaming && (
          <Link
            to="/flows/$id"
            params={{ id: conversation.flow_id }}
            search={{}}
            title={t('chat.openFlow')}
            className="max-w-[40%] shrink-0 truncate rounded-sm text-12 text-fg-3 hover:text-fg hover:underline"
          >
            {conversation.flow_name}
          </Link>
        )}
      </div>
      <Link
        to="/chat"
        aria-label={t('header.new')}
        title={t('header.new')}
        className="inline-flex size-8 shrink-0 items-center justify-center rounded-md text-fg-3 transition-colors hover:bg-surface-3 hover:text-fg md:hidden"
      >
        <SquarePen size={16} aria-hidden="true" />
      </Link>
      <RowMenu label={t('header.actions')} align="end">
        <ConversationItems conversation={conversation} onWish={ask} />
      </RowMenu>
      <Suspense>{wish && <Asked wish={wish} onWish={setWish} />}</Suspense>
    </>
  );
}

/** Another title, where it stands. Enter and leaving it keep it, Escape does not. */
function TitleField({ conversation, onEnd }: { conversation: Conversation; onEnd: () => void }) {
  const [title, setTitle] = useState(conversation.title);
  const save = () => {
    const next = title.trim();
    if (next && next !== conversation.title) changeQuietly(conversation, { title: next });
    onEnd();
  };
  return (
    <input
      ref={(input) => input?.focus()}
      value={title}
      maxLength={200}
      aria-label={t('header.name')}
      onFocus={(event) => event.target.select()}
      onChange={(event) => setTitle(event.target.value)}
      onBlur={save}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing || event.keyCode === 229) return;
        if (event.key === 'Enter') save();
        if (event.key === 'Escape') onEnd();
      }}
      className="-ms-1.5 h-8 w-full min-w-0 rounded-md border border-accent bg-surface px-1.5 font-semibold outline-none"
    />
  );
}
