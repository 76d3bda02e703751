import { useQuery } from '@tanstack/react-query';
import { Outlet, useRouterState } from '@tanstack/react-router';
import { Menu as MenuIcon } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { useEffect, useState } from 'react';
import { meQuery } from '@/features/session/api';
import { t } from '@/i18n';
import { IconButton } from '@/ui/button';
import { WordMark } from '@/ui/mark';
import { Rail } from './rail';

/** The frame of every signed-in page: rail on the left, a drawer on a phone. */
export function Shell() {
  useQuery(meQuery);
  const [drawer, setDrawer] = useState(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  useEffect(() => setDrawer(false), [path]);
  return (
    <div className="flex h-dvh flex-col md:flex-row">
      <a
        href="#main"
        className="sr-only z-50 rounded-md bg-accent px-3 py-1.5 text-accent-fg focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        {t('nav.skip')}
      </a>
      <header className="flex h-12 shrink-0 items-center gap-1 border-b border-line bg-surface-2 px-2 md:hidden">
        <Dialog.Root open={drawer} onOpenChange={setDrawer}>
          <Dialog.Trigger asChild>
            <IconButton label={t('nav.open')} className="size-10">
              <MenuIcon size={18} />
            </IconButton>
          </Dialog.Trigger>
          <Dialog.Portal>
            <Dialog.Overlay className="animate-fade fixed inset-0 z-40 bg-overlay" />
            <Dialog.Content
              aria-describedby={undefined}
              className="animate-fade fixed inset-y-0 left-0 z-50 flex w-[280px] max-w-[85vw] flex-col border-r border-line bg-surface-2 outline-none"
            >
              <Dialog.Title className="sr-only">{t('nav.menu')}</Dialog.Title>
              <Rail />
            </Dialog.Content>
          </Dialog.Portal>
        </Dialog.Root>
        <WordMark />
      </header>
      <div className="hidden w-56 shrink-0 flex-col border-r border-line bg-surface-2 md:flex">
        <Rail />
      </div>
      <main id="main" tabIndex={-1} className="min-h-0 min-w-0 flex-1 outline-none">
        <Outlet />
      </main>
    </div>
  );
}
