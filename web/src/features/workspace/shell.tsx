import { useQuery } from '@tanstack/react-query';
import { Outlet, useRouter } from '@tanstack/react-router';
import { Menu as MenuIcon } from 'lucide-react';
import { useEffect, useState } from 'react';
import { meQuery } from '@/features/session/api';
import { Shortcuts } from '@/features/shortcuts/shortcuts';
import { t } from '@/i18n';
import { IconButton } from '@/ui/button';
import { cx } from '@/ui/cx';
import { WordMark } from '@/ui/mark';
import { Modal } from '@/ui/modal';
import { Rail } from './rail';
import { useRailWidth } from './rail-width';

/** The frame of every signed-in page: rail on the left, a drawer on a phone. */
export function Shell() {
  useQuery(meQuery);
  const [drawer, setDrawer] = useState(false);
  const { narrow, toggle } = useRailWidth();
  // Whatever the drawer led to, it has done its work.
  const { subscribe } = useRouter();
  useEffect(() => subscribe('onBeforeNavigate', () => setDrawer(false)), [subscribe]);
  return (
    <div className="flex h-dvh flex-col md:flex-row">
      <a
        href="#main"
        className="sr-only z-50 rounded-md bg-accent px-3 py-1.5 text-accent-fg focus:not-sr-only focus:fixed focus:top-2 focus:start-2"
      >
        {t('nav.skip')}
      </a>
      <header className="flex h-12 shrink-0 items-center gap-1 border-b border-line bg-surface-2 px-2 md:hidden">
        <IconButton label={t('nav.open')} className="size-10" onClick={() => setDrawer(true)}>
          <MenuIcon size={18} />
        </IconButton>
        {drawer && (
          <Modal
            label={t('nav.menu')}
            onClose={() => setDrawer(false)}
            className="animate-fade fixed inset-y-0 start-0 m-0 h-dvh max-h-none w-[280px] max-w-[85vw] border-e border-line bg-surface-2 text-13 text-fg backdrop:bg-overlay"
          >
            <div className="flex h-full flex-col">
              <Rail />
            </div>
          </Modal>
        )}
        <WordMark />
      </header>
      <aside
        id="rail"
        aria-label={t('nav.rail')}
        className={cx('hidden shrink-0 flex-col border-e border-line bg-surface-2 md:flex', narrow ? 'w-[52px]' : 'w-56')}
      >
        <Rail narrow={narrow} onToggle={toggle} />
      </aside>
      <main id="main" tabIndex={-1} className="min-h-0 min-w-0 flex-1 outline-none">
        <Outlet />
      </main>
      <Shortcuts />
    </div>
  );
}
