import { Link } from '@tanstack/react-router';
import { t } from '@/i18n';
import { formatAgo, formatDateTime } from '@/i18n/format';
import { Badge } from '@/ui/badge';
import { Card } from '@/ui/page';
import type { FlowSummary } from './api';
import { LastRuns } from './last-runs';
import { RowMenu } from './row-menu';
import { tf } from './words';

const COLUMNS = 'md:grid md:grid-cols-[minmax(0,1fr)_56px_112px_108px] md:items-center md:gap-3';

export interface FlowsProps {
  flows: FlowSummary[];
  mayWrite: boolean;
}

interface FlowProps {
  flow: FlowSummary;
  mayWrite: boolean;
}

/** Flows in a table. */
export function FlowTable({ flows, mayWrite }: FlowsProps) {
  return (
    <Card>
      <div aria-hidden="true" className="hidden border-b border-line py-2 pe-3 text-12 text-fg-3 md:flex">
        <span className={`min-w-0 flex-1 ps-4 ${COLUMNS}`}>
          <span>{tf('flows.col.name')}</span>
          <span>{tf('flows.col.kind')}</span>
          <span>{tf('flows.col.state')}</span>
          <span>{tf('flows.col.changed')}</span>
        </span>
        <span className="w-[136px] ps-1">{tf('flows.col.runs')}</span>
      </div>
      <ul data-rows aria-label={t('nav.flows')} className="divide-y divide-line">
        {flows.map((flow) => (
          <FlowRow key={flow.id} flow={flow} mayWrite={mayWrite} />
        ))}
      </ul>
    </Card>
  );
}

function FlowRow({ flow, mayWrite }: FlowProps) {
  return (
    <li data-testid="flow" data-slug={flow.slug} className="flex items-center pe-3">
      <Link
        to="/flows/$id"
        params={{ id: flow.slug }}
        className={`block min-w-0 flex-1 rounded-lg py-2 ps-4 transition-colors hover:bg-surface-2 focus-visible:-outline-offset-2 ${COLUMNS}`}
      >
        <span className="block min-w-0">
          <span className="block truncate font-medium">{flow.name}</span>
          <span className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1">
            <span className="truncate font-mono text-11 text-fg-3">{flow.slug}</span>
            <Tags flow={flow} />
          </span>
        </span>
        <span className="mt-1 me-3 inline-block text-12 text-fg-2 md:m-0">{tf(`kind.${flow.kind}`)}</span>
        <span className="me-3 inline-block md:m-0">
          <State flow={flow} />
        </span>
        <Changed flow={flow} />
      </Link>
      <LastRuns flow={flow} className="max-sm:hidden w-[108px]" />
      <RowMenu flow={flow} mayWrite={mayWrite} />
    </li>
  );
}

/** Flows as cards. */
export function FlowCards({ flows, mayWrite }: FlowsProps) {
  return (
    <ul data-rows aria-label={t('nav.flows')} className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
      {flows.map((flow) => (
        <li key={flow.id} data-testid="flow" data-slug={flow.slug} className="flex min-w-0 flex-col rounded-lg border border-line bg-surface p-3">
          <div className="flex items-start gap-2">
            <Link to="/flows/$id" params={{ id: flow.slug }} className="min-w-0 flex-1 rounded-md hover:underline">
              <span className="block truncate font-medium">{flow.name}</span>
              <span className="block truncate font-mono text-11 text-fg-3">{flow.slug}</span>
            </Link>
            <RowMenu flow={flow} mayWrite={mayWrite} />
          </div>
          <div className="mt-2 flex flex-wrap items-center gap-x-2 gap-y-1">
            <State flow={flow} />
            <span className="text-12 text-fg-2">{tf(`kind.${flow.kind}`)}</span>
            <Tags flow={flow} />
          </div>
          <div className="mt-auto flex items-end justify-between gap-3 pt-3">
            <LastRuns flow={flow} className="-ms-1" />
            <Changed flow={flow} />
          </div>
        </li>
      ))}
    </ul>
  );
}

function State({ flow }: { flow: FlowSummary }) {
  return flow.published ? <Badge tone="ok">{tf('flows.published', { number: flow.published })}</Badge> : <Badge>{tf('flows.draft')}</Badge>;
}

function Tags({ flow }: { flow: FlowSummary }) {
  return flow.tags.map((tag) => (
    <span key={tag} className="max-w-40 truncate rounded-sm bg-surface-3 px-1.5 text-11 text-fg-2">
      {tag}
    </span>
  ));
}

function Changed({ flow }: { flow: FlowSummary }) {
  return (
    <time dateTime={flow.updated_at} title={formatDateTime(flow.updated_at)} className="num text-12 text-fg-2">
      {formatAgo(flow.updated_at)}
    </time>
  );
}
