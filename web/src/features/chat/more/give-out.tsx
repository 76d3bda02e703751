import { queryOptions, useMutation, useQuery } from '@tanstack/react-query';
import { Link2, Trash2 } from 'lucide-react';
import { useId, useState } from 'react';
import { call, client } from '@/api/client';
import { queryClient } from '@/api/query-client';
import type { components } from '@/api/schema';
import type { Conversation } from '@/api/types';
import { formatAgo, formatDateTime } from '@/i18n/format';
import { Button, IconButton } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { Dialog } from '@/ui/dialog';
import { Field, Select } from '@/ui/field';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { t, tn } from './words';

type Snapshot = components['schemas']['Snapshot'];

/** How long a snapshot may be read, in days; the empty one for good. */
const DAYS = ['', '1', '7', '30'] as const;

const snapshotsQuery = (id: string) =>
  queryOptions({
    queryKey: ['snapshots', id],
    queryFn: async () => (await call(client.GET('/api/v1/conversations/{id}/snapshots', { params: { path: { id } } }))).items,
  });

/** The address where a snapshot is read, also where the server stands below a path. */
function addressOf({ path }: Snapshot): string {
  const [, before = ''] = /^(.*)\/chat(\/|$)/.exec(location.pathname) ?? [];
  return `${location.origin}${before}${path}`;
}

/** Gives a conversation out to read, as it is now, and takes it back. */
export default function GiveOut({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  const { data, error, refetch } = useQuery(snapshotsQuery(conversation.id));
  const [days, setDays] = useState<(typeof DAYS)[number]>('');
  const note = useId();
  const take = useMutation({
    mutationFn: () =>
      call(
        client.POST('/api/v1/conversations/{id}/snapshots', {
          params: { path: { id: conversation.id } },
          body: days === '' ? {} : { expires_at: new Date(Date.now() + Number(days) * 86_400_000).toISOString() },
        }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['snapshots', conversation.id] }),
  });
  return (
    <Dialog open onOpenChange={onClose} title={t('give.title')} description={t('give.text')}>
      <div className="flex flex-col gap-4">
        <div className="flex flex-wrap items-end gap-3">
          <Field label={t('give.until')} className="min-w-40 flex-1">
            {(ids) => (
              <Select {...ids} value={days} onChange={(event) => setDays(DAYS.find((one) => one === event.target.value) ?? '')}>
                {DAYS.map((one) => (
                  <option key={one} value={one}>
                    {one === '' ? t('give.forGood') : tn('give.days', Number(one))}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <Button kind="primary" busy={take.isPending} aria-describedby={note} onClick={() => take.mutate()}>
            <Link2 size={15} />
            {t('give.make')}
          </Button>
        </div>
        <p id={note} className="text-12 text-fg-3">
          {t('give.note')}
        </p>
        {take.error && <ProblemBox error={take.error} />}
        {error && <ProblemBox error={error} onRetry={() => void refetch()} />}
        {!data && !error && <SkeletonRows rows={2} />}
        {data && data.length > 0 && (
          <ul aria-label={t('give.list')} className="divide-y divide-line rounded-lg border border-line">
            {data.map((snapshot) => (
              <Row key={snapshot.id} snapshot={snapshot} />
            ))}
          </ul>
        )}
      </div>
    </Dialog>
  );
}

function Row({ snapshot }: { snapshot: Snapshot }) {
  const address = addressOf(snapshot);
  const remove = useMutation({
    mutationFn: () => call(client.DELETE('/api/v1/snapshots/{id}', { params: { path: { id: snapshot.id } } })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['snapshots', snapshot.conversation_id] }),
  });
  return (
    <li data-testid="snapshot" className="flex items-center gap-2 px-3 py-2">
      <div className="min-w-0 flex-1">
        <a href={address} target="_blank" rel="noopener noreferrer" className="block truncate rounded-sm font-mono text-12 text-accent hover:underline">
          {address}
        </a>
        <p className="num text-12 text-fg-3">
          {tn('give.messages', snapshot.messages)} · {formatAgo(snapshot.created_at)}
          {snapshot.expires_at && ` · ${t('give.ends', { time: formatDateTime(snapshot.expires_at) })}`}
        </p>
        {remove.error && <ProblemBox error={remove.error} />}
      </div>
      <CopyButton text={address} label={t('give.copy')} />
      <IconButton small label={t('give.remove')} disabled={remove.isPending} onClick={() => remove.mutate()}>
        <Trash2 size={14} />
      </IconButton>
    </li>
  );
}
