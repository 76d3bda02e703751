import { useNavigate } from '@tanstack/react-router';
import { ChevronsUpDown } from 'lucide-react';
import { queryClient } from '@/api/query-client';
import { setActiveWorkspace } from '@/api/workspace';
import type { Me } from '@/api/types';
import { t } from '@/i18n';
import { Menu, MenuChoice } from '@/ui/menu';

export function WorkspaceSwitcher({ me }: { me: Me }) {
  const navigate = useNavigate();
  const choose = (id: string) => {
    setActiveWorkspace(id === me.workspaces[0]?.id ? null : id);
    void navigate({ to: '/chat' }).then(() => queryClient.resetQueries());
  };
  return (
    <Menu
      align="start"
      trigger={
        <button
          type="button"
          aria-label={t('workspace.switch', { name: me.workspace.name })}
          className="flex h-8 w-full items-center gap-2 rounded-md border border-line-strong bg-surface px-2 text-left transition-colors hover:bg-surface-3"
        >
          <span className="min-w-0 flex-1 truncate font-medium">{me.workspace.name}</span>
          <ChevronsUpDown size={14} className="text-fg-3" />
        </button>
      }
    >
      <MenuChoice
        label={t('workspace.title')}
        value={me.workspace.id}
        onChange={choose}
        options={me.workspaces.map(({ id, name }) => ({ value: id, label: name }))}
      />
    </Menu>
  );
}
