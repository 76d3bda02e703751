import { useQuery } from '@tanstack/react-query';
import { Link, type LinkProps, useRouterState } from '@tanstack/react-router';
import { Library, MessageSquare, Settings, SquarePen } from 'lucide-react';
import type { ReactNode } from 'react';
import { ConversationList } from '@/features/chat/conversation-list';
import { meQuery } from '@/features/session/api';
import { t } from '@/i18n';
import { WordMark } from '@/ui/mark';
import { PersonMenu } from './person-menu';
import { WorkspaceSwitcher } from './workspace-switcher';

export function Rail() {
  const { data: me } = useQuery(meQuery);
  const inChat = useRouterState({ select: (state) => state.location.pathname.startsWith('/chat') });
  return (
    <>
      <div className="flex h-12 shrink-0 items-center px-4">
        <Link to="/chat" className="rounded-sm" aria-label={t('nav.home')}>
          <WordMark />
        </Link>
      </div>
      {me && me.workspaces.length > 1 && (
        <div className="px-2 pb-2">
          <WorkspaceSwitcher me={me} />
        </div>
      )}
      <nav aria-label={t('nav.main')} className="flex flex-col gap-0.5 px-2">
        <Entry to="/chat" icon={<MessageSquare size={15} />}>
          {t('nav.chat')}
        </Entry>
        <Entry to="/knowledge" icon={<Library size={15} />}>
          {t('nav.knowledge')}
        </Entry>
        <Entry to="/settings" icon={<Settings size={15} />}>
          {t('nav.settings')}
        </Entry>
      </nav>
      <div className="scroll-thin mt-3 min-h-0 flex-1 overflow-y-auto px-2 pb-3">
        {inChat && (
          <>
            <Link
              to="/chat"
              activeOptions={{ exact: true }}
              className="mb-3 flex h-8 items-center justify-center gap-1.5 rounded-md border border-line-strong bg-surface font-medium transition-colors hover:bg-surface-3"
            >
              <SquarePen size={14} />
              {t('chat.new')}
            </Link>
            <ConversationList />
          </>
        )}
      </div>
      <div className="shrink-0 border-t border-line p-2 pb-[max(8px,env(safe-area-inset-bottom))]">
        {me ? <PersonMenu me={me} /> : <div className="h-8" />}
      </div>
    </>
  );
}

function Entry({ to, icon, children }: { to: LinkProps['to']; icon: ReactNode; children: ReactNode }) {
  return (
    <Link
      to={to}
      className="flex h-8 items-center gap-2.5 rounded-md px-2 text-fg-2 transition-colors hover:bg-surface-3 hover:text-fg data-[status=active]:bg-surface-3 data-[status=active]:font-medium data-[status=active]:text-fg"
    >
      <span aria-hidden="true">{icon}</span>
      {children}
    </Link>
  );
}
