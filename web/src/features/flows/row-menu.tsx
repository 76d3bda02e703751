import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Activity, Code, Copy, Download, Ellipsis, Share2, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { queryClient } from '@/api/query-client';
import { t } from '@/i18n';
import { IconButton } from '@/ui/button';
import { ConfirmDialog } from '@/ui/dialog';
import { Menu, MenuItem, MenuLine } from '@/ui/menu';
import { toast } from '@/ui/toast';
import { deleteFlow, duplicateFlow, flowQuery, type FlowSummary } from './api';
import { exportFlow } from './file';
import { tf } from './words';

/** What can be done with a flow in a list. */
export function RowMenu({ flow, mayWrite }: { flow: FlowSummary; mayWrite: boolean }) {
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState(false);
  const failed = (error: Error) => toast.error(error.message);
  const save = useMutation({
    mutationFn: async (format: 'yaml' | 'json') => {
      const { draft } = await queryClient.fetchQuery({ ...flowQuery(flow.id), staleTime: 0 });
      await exportFlow(flow.slug, draft.document, format);
    },
    onError: failed,
  });
  const duplicate = useMutation({
    mutationFn: () => duplicateFlow(flow.id, (name) => tf('flows.copy', { name })),
    onSuccess: ({ name }) => toast.success(tf('flows.duplicated', { name })),
    onError: failed,
  });
  const remove = useMutation({ mutationFn: () => deleteFlow(flow.id), onSuccess: () => setDeleting(false) });
  return (
    <>
      <Menu
        trigger={
          <IconButton small label={tf('flows.actions', { name: flow.name })}>
            <Ellipsis size={16} />
          </IconButton>
        }
      >
        <MenuItem icon={<Activity size={14} />} onSelect={() => void navigate({ to: '/runs', search: { flow: flow.slug } })}>
          {tf('flows.runs')}
        </MenuItem>
        <MenuItem icon={<Code size={14} />} onSelect={() => void navigate({ to: '/flows/$id/api', params: { id: flow.slug } })}>
          {tf('flows.api')}
        </MenuItem>
        {mayWrite && (
          <MenuItem icon={<Share2 size={14} />} onSelect={() => void navigate({ to: '/flows/$id/share', params: { id: flow.slug }, search: {} })}>
            {tf('flows.share')}
          </MenuItem>
        )}
        <MenuItem icon={<Download size={14} />} onSelect={() => save.mutate('yaml')}>
          {tf('flows.export.yaml')}
        </MenuItem>
        <MenuItem icon={<Download size={14} />} onSelect={() => save.mutate('json')}>
          {tf('flows.export.json')}
        </MenuItem>
        {mayWrite && (
          <>
            <MenuItem icon={<Copy size={14} />} onSelect={() => duplicate.mutate()}>
              {tf('flows.duplicate')}
            </MenuItem>
            <MenuLine />
            <MenuItem danger icon={<Trash2 size={14} />} onSelect={() => setDeleting(true)}>
              {t('action.delete')}
            </MenuItem>
          </>
        )}
      </Menu>
      <ConfirmDialog
        open={deleting}
        onOpenChange={setDeleting}
        title={tf('flows.delete.title')}
        text={tf('flows.delete.text', { name: flow.name })}
        action={t('action.delete')}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
      />
    </>
  );
}
