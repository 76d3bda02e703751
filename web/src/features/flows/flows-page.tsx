import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Activity, Code, Copy, Download, Ellipsis, Plus, Share2, Trash2, Upload, Waypoints } from 'lucide-react';
import { type KeyboardEvent, useDeferredValue, useRef, useState } from 'react';
import { allFlowsQuery } from '@/features/runs/api';
import { usePermission } from '@/features/session/api';
import { t } from '@/i18n';
import { formatAgo, formatDateTime } from '@/i18n/format';
import { queryClient } from '@/api/query-client';
import { Badge } from '@/ui/badge';
import { Button, IconButton } from '@/ui/button';
import { ConfirmDialog } from '@/ui/dialog';
import { Input } from '@/ui/field';
import { Menu, MenuItem, MenuLine } from '@/ui/menu';
import { Card, Empty, Page } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { toast } from '@/ui/toast';
import { deleteFlow, duplicateFlow, type Flow, flowQuery, type FlowSummary } from './api';
import { exportFlow } from './file';
import { ImportFlow, NewFlow } from './new-flow';
import { tf } from './words';

export function FlowsPage() {
  const { q = '' } = useSearch({ from: '/app/flows' });
  const navigate = useNavigate({ from: '/flows' });
  const { data, error, refetch } = useQuery(allFlowsQuery);
  const mayWrite = usePermission('flows.write');
  const [making, setMaking] = useState<'new' | 'import' | null>(null);
  const wanted = useDeferredValue(q.trim().toLowerCase());
  const flows = (data ?? [])
    .filter(({ name, slug }) => `${name} ${slug}`.toLowerCase().includes(wanted))
    .toSorted((one, other) => other.updated_at.localeCompare(one.updated_at));
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
  return (
    <Page title={t('nav.flows')} lead={tf('flows.lead')} actions={actions}>
      {data && data.length > 0 && (
        <Input
          type="search"
          aria-label={tf('flows.search')}
          placeholder={tf('flows.search')}
          className="mb-4 max-w-72"
          value={q}
          onChange={(event) => void navigate({ search: { q: event.target.value || undefined }, replace: true })}
        />
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
      {flows.length > 0 && <FlowList flows={flows} mayWrite={mayWrite} />}
      {making === 'new' && <NewFlow onClose={close} onMade={opened} />}
      {making === 'import' && <ImportFlow onClose={close} onMade={opened} />}
    </Page>
  );
}

const COLUMNS = 'md:grid md:grid-cols-[minmax(0,1fr)_72px_124px_128px] md:items-center md:gap-3';

function FlowList({ flows, mayWrite }: { flows: FlowSummary[]; mayWrite: boolean }) {
  const list = useRef<HTMLUListElement>(null);
  const move = (event: KeyboardEvent) => {
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
    if (!step || event.metaKey || event.ctrlKey || event.altKey) return;
    const links = [...(list.current?.querySelectorAll('a') ?? [])];
    const at = links.indexOf(document.activeElement as HTMLAnchorElement);
    const next = at < 0 ? undefined : links[at + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  };
  return (
    <Card>
      <div aria-hidden="true" className={`hidden border-b border-line py-2 pe-10 ps-4 text-12 text-fg-3 ${COLUMNS}`}>
        <span>{tf('flows.col.name')}</span>
        <span>{tf('flows.col.kind')}</span>
        <span>{tf('flows.col.state')}</span>
        <span>{tf('flows.col.changed')}</span>
      </div>
      {/* The keys move between the links, which can be reached without them. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <ul ref={list} aria-label={t('nav.flows')} className="divide-y divide-line" onKeyDown={move}>
        {flows.map((flow) => (
          <FlowRow key={flow.id} flow={flow} mayWrite={mayWrite} />
        ))}
      </ul>
    </Card>
  );
}

function FlowRow({ flow, mayWrite }: { flow: FlowSummary; mayWrite: boolean }) {
  return (
    <li data-testid="flow" data-slug={flow.slug} className="flex items-center pe-3">
      <Link
        to="/flows/$id"
        params={{ id: flow.slug }}
        className={`block min-w-0 flex-1 rounded-lg py-2 ps-4 transition-colors hover:bg-surface-2 focus-visible:-outline-offset-2 ${COLUMNS}`}
      >
        <span className="block min-w-0">
          <span className="block truncate font-medium">{flow.name}</span>
          <span className="block truncate font-mono text-11 text-fg-3">{flow.slug}</span>
        </span>
        <span className="mt-1 me-3 inline-block text-12 text-fg-2 md:m-0">{tf(`kind.${flow.kind}`)}</span>
        <span className="me-3 inline-block md:m-0">
          {flow.published ? <Badge tone="ok">{tf('flows.published', { number: flow.published })}</Badge> : <Badge>{tf('flows.draft')}</Badge>}
        </span>
        <time dateTime={flow.updated_at} title={formatDateTime(flow.updated_at)} className="num text-12 text-fg-2">
          {formatAgo(flow.updated_at)}
        </time>
      </Link>
      <RowMenu flow={flow} mayWrite={mayWrite} />
    </li>
  );
}

function RowMenu({ flow, mayWrite }: { flow: FlowSummary; mayWrite: boolean }) {
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
