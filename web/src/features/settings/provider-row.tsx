import { useMutation, useQuery } from '@tanstack/react-query';
import { Ellipsis, Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { toast } from '@/ui/toast';
import type { Provider } from '@/api/types';
import { t } from './words';
import { Badge } from '@/ui/badge';
import { Button, IconButton } from '@/ui/button';
import { ConfirmDialog, Dialog } from '@/ui/dialog';
import { Menu, MenuItem } from '@/ui/menu';
import { ProblemBox } from '@/ui/problem';
import { deleteProvider, modelsQuery, setDefaultModel, testProvider } from './models-api';
import { ProviderForm } from './provider-form';
import { TestResult } from './test-result';

export function ProviderRow({ provider, mayWrite }: { provider: Provider; mayWrite: boolean }) {
  const [editing, setEditing] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const models = useQuery(modelsQuery);
  const test = useMutation({ mutationFn: () => testProvider(provider.id) });
  const remove = useMutation({ mutationFn: () => deleteProvider(provider.id), onSuccess: () => setDeleting(false) });
  const inUse = models.data?.default.startsWith(`${provider.name}/`) ?? false;
  return (
    <li className="px-4 py-3" data-testid="provider" data-name={provider.name}>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <div className="min-w-0 flex-1 basis-52">
          <p className="flex items-center gap-2 font-medium">
            <span className="truncate">{provider.name}</span>
            {inUse && <Badge tone="accent">{t('provider.inUse')}</Badge>}
            {!provider.has_key && <Badge>{t('provider.noKey')}</Badge>}
          </p>
          <p className="truncate font-mono text-11 text-fg-3">{provider.base_url ?? provider.kind}</p>
        </div>
        {mayWrite && (
          <>
            <Button size="sm" busy={test.isPending} onClick={() => test.mutate()}>
              {t('provider.test')}
            </Button>
            <Menu
              trigger={
                <IconButton label={t('provider.actions', { name: provider.name })} small>
                  <Ellipsis size={15} />
                </IconButton>
              }
            >
              <MenuItem icon={<Pencil size={14} />} onSelect={() => setEditing(true)}>
                {t('action.edit')}
              </MenuItem>
              <MenuItem icon={<Trash2 size={14} />} danger onSelect={() => setDeleting(true)}>
                {t('action.delete')}
              </MenuItem>
            </Menu>
          </>
        )}
      </div>
      {test.data && (
        <div className="mt-2 flex flex-col gap-2">
          <TestResult result={test.data} />
          {test.data.ok && <UseModel provider={provider.name} models={test.data.models} />}
        </div>
      )}
      {test.error && <ProblemBox error={test.error} className="mt-2" />}
      <Dialog open={editing} onOpenChange={setEditing} title={t('provider.edit', { name: provider.name })}>
        <ProviderForm provider={provider} onDone={() => setEditing(false)} />
      </Dialog>
      <ConfirmDialog
        open={deleting}
        onOpenChange={setDeleting}
        title={t('provider.delete.title', { name: provider.name })}
        text={inUse ? t('provider.delete.inUse') : t('provider.delete.text')}
        action={t('action.delete')}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
      />
    </li>
  );
}

/** Offers the first models of a working provider as the default. */
function UseModel({ provider, models }: { provider: string; models: string[] }) {
  const use = useMutation({
    mutationFn: (model: string) => setDefaultModel(`${provider}/${model}`),
    onSuccess: (answer) => toast.success(t('model.default.saved', { model: answer.default })),
    onError: (error) => toast.error(error.message),
  });
  return (
    <div className="flex flex-wrap gap-2">
      {models.slice(0, 4).map((model) => (
        <Button key={model} size="sm" onClick={() => use.mutate(model)}>
          {t('model.use', { model })}
        </Button>
      ))}
    </div>
  );
}
