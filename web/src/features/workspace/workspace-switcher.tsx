import { useNavigate } from '@tanstack/react-router';
import { ChevronsUpDown } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { queryClient } from '@/api/query-client';
import { setActiveWorkspace } from '@/api/workspace';
import type { Me } from '@/api/types';
import { t, withWords } from '@/i18n';
import { cx } from '@/ui/cx';
import { Menu } from '@/ui/menu';

const items = withWords(() => import('./workspace-items'));
const WorkspaceItems = lazy(items);
const NewWorkspace = lazy(async () => ({ default: (await withWords(() => import('./new-workspace'))()).NewWorkspace }));

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
            onPointerEnter={() => void items()}
            onFocus={() => void items()}
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
        <Suspense>
          <WorkspaceItems me={me} mayCreate={mayCreate} onChoose={choose} onCreate={() => setCreating(true)} />
        </Suspense>
      </Menu>
      <Suspense>{creating && <NewWorkspace onClose={() => setCreating(false)} onCreated={choose} />}</Suspense>
    </div>
  );
}
