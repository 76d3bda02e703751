import { Plus } from 'lucide-react';
import type { Me } from '@/api/types';
import { t } from '@/i18n';
import { MenuChoice, MenuItem, MenuLine } from '@/ui/menu';

interface ItemsProps {
  me: Me;
  mayCreate: boolean;
  onChoose: (id: string) => void;
  onCreate: () => void;
}

/** The places to work in. */
export default function WorkspaceItems({ me, mayCreate, onChoose, onCreate }: ItemsProps) {
  return (
    <>
      <MenuChoice
        label={t('workspace.title')}
        value={me.workspace.id}
        onChange={onChoose}
        options={me.workspaces.map(({ id, name }) => ({ value: id, label: name }))}
      />
      {mayCreate && (
        <>
          <MenuLine />
          <MenuItem icon={<Plus size={14} />} onSelect={onCreate}>
            {t('workspace.new')}
          </MenuItem>
        </>
      )}
    </>
  );
}
