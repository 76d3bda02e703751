import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { LayoutGrid, List, Plus, Upload, Waypoints } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import { usePermission } from '@/features/session/api';
import { t } from '@/i18n';
import { Button, IconButton } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Input } from '@/ui/field';
import { Empty, Page } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { type Flow, type FlowSummary, flowsWithRunsQuery } from './api';
import { FlowCards, FlowTable } from './flow-list';
import { ImportFlow, NewFlow } from './new-flow';
import { tf } from './words';

/** The tags of all flows, those of many flows first. */
export function tagsOf(flows: FlowSummary[]): { tag: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const tag of flows.flatMap(({ tags }) => tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts].map(([tag, count]) => ({ tag, count })).toSorted((one, other) => other.count - one.count || one.tag.localeCompare(other.tag));
}

export function FlowsPage() {
  const { q = '', tag, view } = useSearch({ from: '/app/flows' });
  const navigate = useNavigate({ from: '/flows' });
  const { data, error, refetch } = useQuery(flowsWithRunsQuery);
  const mayWrite = usePermission('flows.write');
  const [making, setMaking] = useState<'new' | 'import' | null>(null);
  const wanted = useDeferredValue(q.trim().toLowerCase());
  const flows = (data ?? [])
    .filter(({ name, slug, tags }) => `${name} ${slug} ${tags.join(' ')}`.toLowerCase().includes(wanted))
    .filter(({ tags }) => !tag || tags.includes(tag))
    .toSorted((one, other) => other.updated_at.localeCompare(one.updated_at));
  const look = (change: { q?: string | undefined; tag?: string | undefined; view?: string | undefined }) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const close = () => setMaking(null);
  const opened = (flow: Flow) => void navigate({ to: '/flows/$id', params: { id: flow.slug } });
  const actions = mayWrite && (
    <>
      <Button onClick={() => setMaking('import')}>
        <Upload size={15} />
        {tf('flows.import')}
      </Button>
      <Button kind="primary" onClick={() => setMaking('new')}>
        <Plus size={15} />
        {tf('flows.new')}
      </Button>
    </>
  );
  const Shown = view === 'cards' ? FlowCards : FlowTable;
  return (
    <Page title={t('nav.flows')} lead={tf('flows.lead')} actions={actions}>
      {data && data.length > 0 && (
        <div className="mb-4 flex flex-wrap items-center gap-2">
          <Input
            type="search"
            aria-label={tf('flows.search')}
            placeholder={tf('flows.search')}
            className="max-w-72"
            value={q}
            onChange={(event) => look({ q: event.target.value || undefined })}
          />
          <TagFilter flows={data} chosen={tag} onChoose={(next) => look({ tag: next })} />
          <div role="group" aria-label={tf('flows.view')} className="ms-auto flex">
            <IconButton label={tf('flows.view.table')} aria-pressed={view !== 'cards'} onClick={() => look({ view: undefined })} className="aria-pressed:text-accent">
              <List size={16} />
            </IconButton>
            <IconButton label={tf('flows.view.cards')} aria-pressed={view === 'cards'} onClick={() => look({ view: 'cards' })} className="aria-pressed:text-accent">
              <LayoutGrid size={16} />
            </IconButton>
          </div>
        </div>
      )}
      {error && <ProblemBox error={error} onRetry={() => void refetch()} className="mb-4" />}
      {!data && !error && <SkeletonRows />}
      {data && flows.length === 0 && (
        <Empty
          icon={<Waypoints size={28} />}
          title={data.length > 0 ? tf('flows.none.found') : tf('flows.none')}
          text={data.length > 0 ? '' : tf('flows.none.text')}
        >
          {data.length === 0 && actions}
        </Empty>
      )}
      {flows.length > 0 && <Shown flows={flows} mayWrite={mayWrite} />}
      {making === 'new' && <NewFlow onClose={close} onMade={opened} />}
      {making === 'import' && <ImportFlow onClose={close} onMade={opened} />}
    </Page>
  );
}

interface TagFilterProps {
  flows: FlowSummary[];
  chosen: string | undefined;
  onChoose: (tag: string | undefined) => void;
}

function TagFilter({ flows, chosen, onChoose }: TagFilterProps) {
  const tags = tagsOf(flows);
  if (tags.length === 0) return null;
  return (
    <ul aria-label={tf('flows.tags')} className="flex flex-wrap gap-1">
      {tags.map(({ tag, count }) => (
        <li key={tag}>
          <button
            type="button"
            aria-pressed={tag === chosen}
            onClick={() => onChoose(tag === chosen ? undefined : tag)}
            className={cx(
              'flex h-7 max-w-48 items-center gap-1.5 rounded-md border px-2 text-12 transition-colors',
              tag === chosen ? 'border-accent bg-accent-soft text-fg' : 'border-line-strong bg-surface text-fg-2 hover:bg-surface-2',
            )}
          >
            <span className="truncate">{tag}</span>
            <span className="num text-fg-3">{count}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
