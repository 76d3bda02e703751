import { useQuery } from '@tanstack/react-query';
import { Link, type LinkProps, useRouterState } from '@tanstack/react-router';
import {
  Activity,
  Gauge,
  Inbox,
  Library,
  House,
  MessageSquare,
  PanelLeftClose,
  PanelLeftOpen,
  Search,
  Settings,
  SquarePen,
  Waypoints,
  Zap,
} from 'lucide-react';
import { lazy, type ReactNode, Suspense } from 'react';
import { openOverlay } from '@/features/shortcuts/open';
import { isApple } from '@/features/shortcuts/platform';
import { meQuery } from '@/features/session/api';
import { t } from '@/features/chat/words';
import { withWords } from '@/i18n';
import { IconButton } from '@/ui/button';
import { cx } from '@/ui/cx';
import { WordMark } from '@/ui/mark';
import { PersonMenu } from './person-menu';
import { WorkspaceSwitcher } from './workspace-switcher';

const ConversationList = lazy(withWords(() => import('@/features/chat/conversation-list')));

const PAGES = [
  ['/', 'nav.homePage', House],
  ['/chat', 'nav.chat', MessageSquare],
  ['/flows', 'nav.flows', Waypoints],
  ['/knowledge', 'nav.knowledge', Library],
  ['/runs', 'nav.runs', Activity],
  ['/monitor', 'nav.monitor', Gauge],
  ['/inbox', 'nav.inbox', Inbox],
  ['/triggers', 'nav.triggers', Zap],
  ['/settings', 'nav.settings', Settings],
] as const;

interface RailProps {
  /** Pictures only. */
  narrow?: boolean;
  /** Absent where the rail has one width, as in the drawer. */
  onToggle?: () => void;
}

export function Rail({ narrow = false, onToggle }: RailProps) {
  const { data: me } = useQuery(meQuery);
  const inChat = useRouterState({ select: (state) => state.location.pathname.startsWith('/chat') });
  return (
    <>
      <div className={cx('flex h-12 shrink-0 items-center', narrow ? 'justify-center' : 'justify-between pe-2 ps-4')}>
        {!narrow && (
          <Link to="/" className="rounded-sm" aria-label={t('nav.home')}>
            <WordMark />
          </Link>
        )}
        {onToggle && (
          <IconButton
            label={narrow ? t('nav.expand') : t('nav.collapse')}
            aria-expanded={!narrow}
            aria-controls="rail"
            onClick={onToggle}
          >
            {narrow ? <PanelLeftOpen size={16} className="rtl:-scale-x-100" /> : <PanelLeftClose size={16} className="rtl:-scale-x-100" />}
          </IconButton>
        )}
      </div>
      {me && <WorkspaceSwitcher me={me} narrow={narrow} />}
      <div className="px-2 pb-2">
        <button
          type="button"
          aria-label={t('nav.palette')}
          title={narrow ? t('nav.palette') : undefined}
          onClick={() => openOverlay('palette')}
          className={cx(
            'flex h-8 w-full items-center gap-2.5 rounded-md border border-line text-start text-fg-3 transition-colors hover:border-line-strong hover:bg-surface',
            narrow ? 'justify-center' : 'px-2',
          )}
        >
          <Search size={15} className="shrink-0" aria-hidden="true" />
          {!narrow && <span className="min-w-0 flex-1 truncate">{t('nav.palette')}</span>}
          {!narrow && <kbd className="font-mono text-11">{isApple() ? '⌘K' : 'Ctrl K'}</kbd>}
        </button>
      </div>
      <nav aria-label={t('nav.main')} className="flex flex-col gap-0.5 px-2">
        {PAGES.map(([to, name, Icon]) => (
          <Entry key={to} to={to} exact={to === '/'} narrow={narrow} icon={<Icon size={15} />} name={t(name)} />
        ))}
      </nav>
      <div className="scroll-thin mt-2 min-h-0 flex-1 overflow-y-auto px-2 pb-3">
        {inChat && narrow && (
          <Link
            to="/chat"
            activeOptions={{ exact: true }}
            aria-label={t('chat.new')}
            title={t('chat.new')}
            className="flex h-8 items-center justify-center rounded-md border border-line-strong bg-surface transition-colors hover:bg-surface-3"
          >
            <SquarePen size={14} aria-hidden="true" />
          </Link>
        )}
        <Suspense>{inChat && !narrow && <ConversationList />}</Suspense>
      </div>
      <div className="shrink-0 border-t border-line p-2 pb-[max(8px,env(safe-area-inset-bottom))]">
        {me ? <PersonMenu me={me} narrow={narrow} /> : <div className="h-9" />}
      </div>
    </>
  );
}

interface EntryProps {
  to: LinkProps['to'];
  /** Pages below it do not count as being there. */
  exact?: boolean;
  icon: ReactNode;
  name: string;
  narrow: boolean;
}

function Entry({ to, exact = false, icon, name, narrow }: EntryProps) {
  return (
    <Link
      to={to}
      activeOptions={{ exact }}
      aria-label={name}
      title={narrow ? name : undefined}
      className={cx(
        'flex h-8 items-center gap-2.5 rounded-md text-fg-2 transition-colors hover:bg-surface-3 hover:text-fg data-[status=active]:bg-surface-3 data-[status=active]:font-medium data-[status=active]:text-fg',
        narrow ? 'justify-center' : 'px-2',
      )}
    >
      <span aria-hidden="true">{icon}</span>
      {!narrow && name}
    </Link>
  );
}
