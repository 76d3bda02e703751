import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Plus, Rss } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { usePermission } from '@/features/session/api';
import { Button } from '@/ui/button';
import { ConfirmDialog } from '@/ui/dialog';
import { Card, Empty, Section } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { refreshKnowledge } from '../api';
import { History } from './history';
import { RemoveDialog } from './remove-dialog';
import { SourceDialog } from './source-dialog';
import { SourceRow } from './source-row';
import { type Source, sourcesQuery, syncNow } from './sources-api';
import { t } from './words';

type Asked = { what: 'add' } | { what: 'edit' | 'remove' | 'removeMany'; source: Source };

/** What syncs did so far, as one text that differs when the documents do. */
const doneBy = (sources: readonly Source[]) => sources.map(({ documents, last_sync: sync }) => `${documents} ${sync?.id} ${sync?.counts.changed}`).join();

/** The places outside that a knowledge base is kept in step with. */
export function SourcesTab() {
  const { id } = useParams({ from: '/app/knowledge/$id' });
  const { source: looked } = useSearch({ from: '/app/knowledge/$id/sources' });
  const navigate = useNavigate();
  const mayWrite = usePermission('knowledge.write');
  const { data, error, refetch } = useQuery(sourcesQuery(id));
  const [asked, setAsked] = useState<Asked | null>(null);
  const close = () => setAsked(null);
  const look = (source: string | undefined) => void navigate({ to: '/knowledge/$id/sources', params: { id }, search: { source }, replace: true });
  const opened = data?.find((one) => one.id === looked);

  // Documents come and go with syncs; how many there are is told above.
  const done = data && doneBy(data);
  const before = useRef(done);
  useEffect(() => {
    if (before.current !== undefined && before.current !== done) refreshKnowledge(id);
    before.current = done;
  }, [id, done]);

  const add = mayWrite && (
    <Button onClick={() => setAsked({ what: 'add' })}>
      <Plus size={14} />
      {t('source.add')}
    </Button>
  );
  return (
    <>
      <Section title={t('sources.title')} lead={t('sources.lead')} actions={data && data.length > 0 && add}>
        {error && <ProblemBox error={error} onRetry={() => void refetch()} />}
        {!data && !error && <SkeletonRows rows={3} />}
        {data?.length === 0 && (
          <Empty icon={<Rss size={28} />} title={t('sources.none')} text={t('sources.none.text')}>
            {add}
          </Empty>
        )}
        {data && data.length > 0 && (
          <Card>
            <ul data-rows className="divide-y divide-line" aria-label={t('sources.title')}>
              {data.map((source) => (
                <SourceRow
                  key={source.id}
                  source={source}
                  mayWrite={mayWrite}
                  opened={source.id === looked}
                  onOpen={() => look(source.id === looked ? undefined : source.id)}
                  onAsk={(what) => setAsked({ what, source })}
                />
              ))}
            </ul>
          </Card>
        )}
      </Section>
      {opened && <History key={opened.id} source={opened} />}
      {(asked?.what === 'add' || asked?.what === 'edit') && (
        <SourceDialog knowledgeBaseId={id} source={asked.what === 'edit' ? asked.source : undefined} onClose={close} onDone={close} />
      )}
      {asked?.what === 'remove' && (
        <RemoveDialog
          source={asked.source}
          onClose={close}
          onGone={() => {
            close();
            if (asked.source.id === looked) look(undefined);
          }}
        />
      )}
      {asked?.what === 'removeMany' && <RemoveMany source={asked.source} onClose={close} />}
    </>
  );
}

/** Asks once more before a sync may remove most of what there is. */
function RemoveMany({ source, onClose }: { source: Source; onClose: () => void }) {
  const send = useMutation({ mutationFn: () => syncNow(source, true), onSuccess: onClose });
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={t('removeMany.title', { name: source.name })}
      text={t('removeMany.text')}
      action={t('source.sync')}
      busy={send.isPending}
      error={send.error}
      onConfirm={() => send.mutate()}
    />
  );
}
