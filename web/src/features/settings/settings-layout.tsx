import { Link, type LinkProps, Outlet } from '@tanstack/react-router';
import { usePermission } from '@/features/session/api';
import { t } from './words';
import { Page } from '@/ui/page';
import { useCurrentInView } from '@/ui/use-current-in-view';

const ITEM =
  'flex h-8 shrink-0 items-center rounded-md px-2.5 text-fg-2 whitespace-nowrap transition-colors hover:bg-surface-3 hover:text-fg aria-[current=page]:bg-surface-3 aria-[current=page]:text-fg aria-[current=page]:font-medium';

export function SettingsLayout() {
  const row = useCurrentInView<HTMLElement>();
  const keys = usePermission('keys.write');
  const secrets = usePermission('secrets.read');
  const system = usePermission('system.read');
  const audit = usePermission('audit.read');
  const entries: { to: LinkProps['to']; label: string; shown: boolean }[] = [
    { to: '/settings/models', label: t('settings.models'), shown: true },
    { to: '/settings/prices', label: t('settings.prices'), shown: true },
    { to: '/settings/tools', label: t('settings.tools'), shown: true },
    { to: '/settings/secrets', label: t('settings.secrets'), shown: secrets },
    { to: '/settings/environment', label: t('settings.environment'), shown: true },
    { to: '/settings/members', label: t('settings.members'), shown: true },
    { to: '/settings/keys', label: t('settings.keys'), shown: keys },
    { to: '/settings/usage', label: t('settings.usage'), shown: true },
    { to: '/settings/audit', label: t('settings.audit'), shown: audit },
    { to: '/settings/profile', label: t('settings.profile'), shown: true },
    { to: '/settings/appearance', label: t('settings.appearance'), shown: true },
    { to: '/settings/system', label: t('settings.system'), shown: system },
  ];
  return (
    <Page title={t('nav.settings')}>
      <div className="flex flex-col gap-6 md:flex-row md:gap-10">
        <nav
          ref={row}
          aria-label={t('nav.settings')}
          className="scroll-thin -mx-4 flex shrink-0 gap-1 overflow-x-auto px-4 pb-1 md:mx-0 md:-ms-2.5 md:w-36 md:flex-col md:px-0"
        >
          {entries
            .filter(({ shown }) => shown)
            .map(({ to, label }) => (
              <Link key={to} to={to} className={ITEM}>
                {label}
              </Link>
            ))}
        </nav>
        <div className="min-w-0 flex-1">
          <Outlet />
        </div>
      </div>
    </Page>
  );
}
