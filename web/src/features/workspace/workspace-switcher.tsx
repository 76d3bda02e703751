import { useNavigate } from '@tanstack/react-router';
import { ChevronsUpDown, Plus } from 'lucide-react';
import { useState } from 'react';
import { queryClient } from '@/api/query-client';
import { setActiveWorkspace } from '@/api/workspace';
import type { Me } from '@/api/types';
import { t } from '@/i18n';
import { cx } from '@/ui/cx';
import { Menu, MenuChoice, MenuItem, MenuLine } from '@/ui/menu';
import { NewWorkspace } from './new-workspace';

/** Shows where one works, and leads elsewhere; absent while there is only one place to be. */
export function WorkspaceSwitcher({ me, narrow }: { me: Me; narrow: boolean }) {
  const navigate = useNavigate();
  const [creating, setCreating] = useState(false);
  const mayCreate = me.permissions.includes('workspaces.write');
  const choose = (id: string) => {
    setActiveWorkspace(id === me.workspaces[0]?.id ? null : id);
    void navigate({ to: '/' }).then(() => queryClient.resetQueries());
  };
  if (me.workspaces.length < 2 && !mayCreate) return null;
  return (
    <div className="px-2 pb-2">
      <Menu
        align="start"
        trigger={
          <button
            type="button"
            aria-label={t('workspace.switch', { name: me.workspace.name })}
            title={narrow ? me.workspace.name : undefined}
            className={cx(
              'flex h-8 w-full items-center gap-2 rounded-md border border-line-strong bg-surface text-start transition-colors hover:bg-surface-3',
              narrow ? 'justify-center' : 'px-2',
            )}
          >
            {narrow ? (
              <span className="text-12 font-semibold">{me.workspace.name.slice(0, 1).toUpperCase()}</span>
            ) : (
              <>
                <span className="min-w-0 flex-1 truncate font-medium">{me.workspace.name}</span>
                <ChevronsUpDown size={14} className="text-fg-3" />
              </>
            )}
          </button>
        }
      >
        <MenuChoice
          label={t('workspace.title')}
          value={me.workspace.id}
          onChange={choose}
          options={me.workspaces.map(({ id, name }) => ({ value: id, label: name }))}
        />
        {mayCreate && (
          <>
            <MenuLine />
            <MenuItem icon={<Plus size={14} />} onSelect={() => setCreating(true)}>
              {t('workspace.new')}
            </MenuItem>
          </>
        )}
      </Menu>
      {creating && <NewWorkspace onClose={() => setCreating(false)} onCreated={choose} />}
    </div>
  );
}
