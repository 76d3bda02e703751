import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Plus, Zap } from 'lucide-react';
import { useState } from 'react';
import { flowQuery } from '@/features/flows/api';
import { usePermission } from '@/features/session/api';
import { t } from '@/i18n';
import { formatDateTime } from '@/i18n/format';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Card, Empty, Page } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { type Trigger, triggersQuery } from './api';
import { TriggerDialog } from './trigger-dialog';
import { tt } from './words';

/** All triggers, or by the address those of one flow. */
export function TriggersPage() {
  const { flow } = useSearch({ from: '/app/triggers' });
  const about = useQuery({ ...flowQuery(flow ?? ''), enabled: flow !== undefined });
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(triggersQuery(flow));
  const [adding, setAdding] = useState(false);
  const navigate = useNavigate();
  const mayWrite = usePermission('flows.write');
  const triggers = data?.pages.flatMap((page) => page.items) ?? [];
  const add = mayWrite && (
    <Button kind="primary" onClick={() => setAdding(true)}>
      <Plus size={15} />
      {tt('triggers.add')}
    </Button>
  );
  return (
    <Page title={tt('triggers.title')} lead={tt('triggers.lead')} actions={triggers.length > 0 ? add : undefined}>
      {flow && (
        <p className="-mt-2 mb-4 flex flex-wrap items-center gap-x-3 gap-y-1">
          <span>{tt('triggers.of', { name: about.data?.name ?? flow })}</span>
          <Link to="/triggers" search={{}} className="rounded-sm text-accent hover:underline">
            {tt('triggers.all')}
          </Link>
        </p>
      )}
      {error && <ProblemBox error={error} onRetry={() => void refetch()} />}
      {!data && !error && <SkeletonRows />}
      {data && triggers.length === 0 && (
        <Empty icon={<Zap size={28} />} title={flow ? tt('triggers.none.flow') : tt('triggers.none')} text={tt('triggers.none.text')}>
          {add}
        </Empty>
      )}
      {triggers.length > 0 && (
        <Card>
          <ul data-rows className="divide-y divide-line">
            {triggers.map((trigger) => (
              <TriggerRow key={trigger.id} trigger={trigger} />
            ))}
          </ul>
        </Card>
      )}
      {hasNextPage && (
        <div className="mt-4 flex justify-center">
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t('action.more')}
          </Button>
        </div>
      )}
      {adding && (
        <TriggerDialog
          flow={flow}
          onClose={() => setAdding(false)}
          onMade={(id) => void navigate({ to: '/triggers/$id', params: { id } })}
        />
      )}
    </Page>
  );
}

function TriggerRow({ trigger }: { trigger: Trigger }) {
  const next = trigger.next[0];
  return (
    <li data-testid="trigger" data-name={trigger.name}>
      <Link
        to="/triggers/$id"
        params={{ id: trigger.id }}
        className="flex flex-wrap items-center gap-x-4 gap-y-1 rounded-lg px-4 py-2.5 transition-colors hover:bg-surface-2 focus-visible:-outline-offset-2"
      >
        <span className="min-w-0 flex-1 basis-56">
          <span className="block truncate font-medium">{trigger.name}</span>
          <span className="block truncate text-12 text-fg-3">{trigger.flow_name}</span>
        </span>
        <span className="num flex items-center gap-3 text-12 text-fg-3">
          {next && <span>{tt('triggers.next', { when: formatDateTime(next) })}</span>}
          <Badge>{tt(`kind.${trigger.settings.kind}`)}</Badge>
          {!trigger.enabled && <Badge tone="warn">{tt('triggers.off')}</Badge>}
        </span>
      </Link>
    </li>
  );
}
