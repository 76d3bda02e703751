import { useNavigate } from '@tanstack/react-router';
import { LogOut, UserRound } from 'lucide-react';

import type { Me } from '@/api/types';
import { signOut } from '@/features/session/api';
import { t } from '@/i18n';
import { cx } from '@/ui/cx';
import { Menu, MenuChoice, MenuItem, MenuLine } from '@/ui/menu';
import { toast } from '@/ui/toast';
import { setTheme, type Theme, useTheme } from '@/ui/theme';

export function PersonMenu({ me, narrow }: { me: Me; narrow: boolean }) {
  const navigate = useNavigate();
  const theme = useTheme();
  const name = me.user?.name ?? t('person.unknown');
  const leave = () => {
    signOut().then(
      () => navigate({ to: '/login' }),
      (error: Error) => toast.error(error.message),
    );
  };
  return (
    <Menu
      align="start"
      side="top"
      trigger={
        <button
          type="button"
          aria-label={t('person.menu', { name })}
          title={narrow ? name : undefined}
          className={cx(
            'flex h-9 w-full items-center gap-2 rounded-md text-start transition-colors hover:bg-surface-3',
            narrow ? 'justify-center' : 'px-1.5',
          )}
        >
          <span
            aria-hidden="true"
            className="flex size-6 items-center justify-center rounded-full bg-accent-soft text-11 font-semibold text-accent"
          >
            {name.slice(0, 1).toUpperCase()}
          </span>
          {!narrow && <span className="min-w-0 flex-1 truncate">{name}</span>}
        </button>
      }
    >
      <p className="truncate px-2 py-1.5 text-12 text-fg-3">{me.user?.email ?? me.workspace.name}</p>
      <MenuItem icon={<UserRound size={14} />} onSelect={() => void navigate({ to: '/settings/profile' })}>
        {t('settings.profile')}
      </MenuItem>
      <MenuLine />
      <MenuChoice
        label={t('theme.label')}
        value={theme}
        onChange={(value) => setTheme(value as Theme)}
        options={[
          { value: 'light', label: t('theme.light') },
          { value: 'dark', label: t('theme.dark') },
          { value: 'system', label: t('theme.system') },
        ]}
      />
      <MenuLine />
      <MenuItem icon={<LogOut size={14} />} onSelect={leave}>
        {t('person.signOut')}
      </MenuItem>
    </Menu>
  );
}
