import { useMutation, useQuery } from '@tanstack/react-query';
import { KeyRound, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { ApiKey } from '@/api/types';
import { t } from './words';
import { formatAgo, formatDate } from '@/i18n/format';
import { Badge } from '@/ui/badge';
import { Button, IconButton } from '@/ui/button';
import { ConfirmDialog } from '@/ui/dialog';
import { Card, Empty, Section } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { CreateKey } from './create-key';
import { deleteKey, keysQuery } from './people-api';

export function KeysPage() {
  const keys = useQuery(keysQuery);
  const [creating, setCreating] = useState(false);
  const create = (
    <Button onClick={() => setCreating(true)}>
      <Plus size={15} />
      {t('key.create')}
    </Button>
  );
  return (
    <Section title={t('settings.keys')} lead={t('key.lead')} actions={keys.data?.length ? create : undefined}>
      {keys.error && <ProblemBox error={keys.error} onRetry={() => void keys.refetch()} />}
      {keys.isPending && <SkeletonRows rows={2} />}
      {keys.data?.length === 0 && (
        <Empty icon={<KeyRound size={24} />} title={t('key.none')} text={t('key.none.text')}>
          {create}
        </Empty>
      )}
      {keys.data && keys.data.length > 0 && (
        <Card>
          <ul className="divide-y divide-line">
            {keys.data.map((key) => (
              <KeyRow key={key.id} apiKey={key} />
            ))}
          </ul>
        </Card>
      )}
      {creating && <CreateKey onClose={() => setCreating(false)} />}
    </Section>
  );
}

function KeyRow({ apiKey }: { apiKey: ApiKey }) {
  const [deleting, setDeleting] = useState(false);
  const remove = useMutation({ mutationFn: () => deleteKey(apiKey.id), onSuccess: () => setDeleting(false) });
  const expired = Boolean(apiKey.expires_at) && new Date(apiKey.expires_at ?? 0).getTime() < Date.now();
  return (
    <li className="flex items-center gap-3 px-4 py-2.5">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="truncate font-medium">{apiKey.name}</span>
          {apiKey.scopes.map((scope) => (
            <Badge key={scope}>{t(`scope.${scope}`)}</Badge>
          ))}
          {expired && <Badge tone="bad">{t('key.expired')}</Badge>}
        </p>
        <p className="flex flex-wrap gap-x-3 text-12 text-fg-3">
          <span className="font-mono text-11">{apiKey.prefix}…</span>
          <span>{t('key.created', { when: formatDate(apiKey.created_at) })}</span>
          <span>{apiKey.last_used_at ? t('key.used', { when: formatAgo(apiKey.last_used_at) }) : t('key.unused')}</span>
          {apiKey.expires_at && !expired && <span>{t('key.expires', { when: formatDate(apiKey.expires_at) })}</span>}
        </p>
      </div>
      <IconButton label={t('key.delete', { name: apiKey.name })} onClick={() => setDeleting(true)}>
        <Trash2 size={15} />
      </IconButton>
      <ConfirmDialog
        open={deleting}
        onOpenChange={setDeleting}
        title={t('key.delete.title')}
        text={t('key.delete.text', { name: apiKey.name })}
        action={t('action.delete')}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
      />
    </li>
  );
}
