import { useNavigate } from '@tanstack/react-router';
import { LogOut, UserRound } from 'lucide-react';
import type { Me } from '@/api/types';
import { signOut } from '@/features/session/api';
import { t } from '@/i18n';
import { MenuChoice, MenuItem, MenuLine } from '@/ui/menu';
import { setTheme, type Theme, useTheme } from '@/ui/theme';
import { toast } from '@/ui/toast';

/** What the menu of the person who works here has. */
export default function PersonItems({ me }: { me: Me }) {
  const navigate = useNavigate();
  const theme = useTheme();
  const leave = () => {
    signOut().then(
      () => navigate({ to: '/login' }),
      (error: Error) => toast.error(error.message),
    );
  };
  return (
    <>
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
    </>
  );
}
