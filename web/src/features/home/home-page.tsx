import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, type LinkProps } from '@tanstack/react-router';
import { Inbox } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { conversationsQuery } from '@/features/chat/api';
import { waitsQuery } from '@/features/inbox/api';
import { allFlowsQuery, type Run, runsQuery } from '@/features/runs/api';
import { StatusBadge } from '@/features/runs/status';
import { meQuery } from '@/features/session/api';
import { said } from '@/features/said/said';
import { formatAgo, formatDateTime } from '@/i18n/format';
import { buttonClass } from '@/ui/button';
import { Card, Page, Section } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { Checklist, useSteps } from './checklist';
import { Today, todayQuery } from './today';
import { t, tn } from './words';

const SHOWN = 6;
const DAY = 86_400_000;
const failedQuery = runsQuery({ status: 'failed' });

/** What one left off with, what is failing, and what a new workspace still lacks. */
export function HomePage() {
  const me = useQuery(meQuery);
  const chats = useInfiniteQuery(conversationsQuery);
  const conversations = chats.data?.pages[0]?.items;
  const steps = useSteps(conversations);
  const others = [useInfiniteQuery(waitsQuery), useInfiniteQuery(failedQuery), useInfiniteQuery(runsQuery({})), useQuery(allFlowsQuery), useQuery(todayQuery)];
  // All of it comes at once: what is shown first would be pushed away by what is above it.
  const ready = steps !== null && !me.isPending && !chats.isPending && others.every((query) => !query.isPending);
  // Once and for all: a part that failed is asked for again by itself, and takes nothing else away meanwhile.
  const [began, setBegan] = useState(false);
  if (ready && !began) setBegan(true);
  const name = me.data?.user?.name;
  return (
    <Page title={t('home.title')} lead={name ? t('home.hello', { name }) : '\u00A0'}>
      {!began && <SkeletonRows rows={8} />}
      {began && (
        <>
          <Waiting />
          <Failing />
          {steps && <Checklist steps={steps} />}
          <Today />
          <div className="grid grid-cols-[minmax(0,1fr)] gap-x-8 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
            <Part title={t('home.chats')} to="/chat" query={chats} none={t('home.chats.none')}>
              {conversations?.slice(0, SHOWN).map(({ id, title, flow_name, updated_at }) => (
                <Row key={id} to="/chat/$id" params={{ id }} name={title || t('home.chats.untitled')} note={flow_name} at={updated_at} />
              ))}
            </Part>
            <Flows />
          </div>
          <Runs />
        </>
      )}
    </Page>
  );
}

/** Runs that wait for an answer of the reader. */
function Waiting() {
  const { data, error, refetch } = useInfiniteQuery(waitsQuery);
  if (error && !data) return <ProblemBox error={error} onRetry={() => void refetch()} className="mb-6" />;
  const first = data?.pages[0];
  const count = first?.items.length ?? 0;
  if (count === 0) return null;
  return (
    <Link
      to="/inbox"
      className="mb-6 flex items-center gap-3 rounded-lg border border-line bg-warn-soft px-4 py-2.5 font-medium text-warn hover:border-line-strong"
    >
      <Inbox size={16} aria-hidden="true" />
      {first?.next ? t('home.waiting.more', { count }) : tn('home.waiting', count)}
    </Link>
  );
}

function Failing() {
  const { data, error, refetch } = useInfiniteQuery(failedQuery);
  if (error && !data) return <ProblemBox error={error} onRetry={() => void refetch()} className="mb-6" />;
  const failed = data?.pages[0]?.items.filter((run) => Date.now() - Date.parse(run.created_at) < DAY) ?? [];
  if (failed.length === 0) return null;
  return (
    <Section title={t('home.failing')} actions={<All to="/runs" search={{ status: 'failed' }} />}>
      <Card>
        <ul className="divide-y divide-line" data-testid="failing">
          {failed.slice(0, 4).map((run) => (
            <RunRow key={run.id} run={run} why />
          ))}
        </ul>
      </Card>
    </Section>
  );
}

function Flows() {
  const flows = useQuery(allFlowsQuery);
  const recent = flows.data?.toSorted((one, other) => other.updated_at.localeCompare(one.updated_at)).slice(0, SHOWN);
  return (
    <Part title={t('home.flows')} to="/flows" query={flows} none={t('home.flows.none')}>
      {recent?.map(({ id, name, slug, published, updated_at }) => (
        <Row
          key={id}
          to="/flows/$id"
          params={{ id: slug }}
          name={name}
          note={typeof published === 'number' ? t('home.flow.revision', { number: published }) : t('home.flow.draft')}
          at={updated_at}
        />
      ))}
    </Part>
  );
}

function Runs() {
  const runs = useInfiniteQuery(runsQuery({}));
  return (
    <Part title={t('home.runs')} to="/runs" query={runs} none={t('home.runs.none')}>
      {runs.data?.pages[0]?.items.slice(0, SHOWN).map((run) => <RunRow key={run.id} run={run} />)}
    </Part>
  );
}

interface PartProps {
  title: string;
  to?: LinkProps['to'];
  query: { data: unknown; error: unknown; refetch: () => unknown };
  none: string;
  children: ReactNode[] | undefined;
}

function Part({ title, to, query, none, children }: PartProps) {
  return (
    <Section title={title} actions={to && <All to={to} />}>
      {query.error ? <ProblemBox error={query.error} onRetry={() => void query.refetch()} /> : null}
      {!children && !query.error && <SkeletonRows rows={3} />}
      {children?.length === 0 && <p className="text-fg-2">{none}</p>}
      {children && children.length > 0 && (
        <Card>
          <ul className="divide-y divide-line">{children}</ul>
        </Card>
      )}
    </Section>
  );
}

function All(link: Pick<LinkProps, 'to' | 'search'>) {
  return (
    <Link {...link} className={buttonClass('ghost', 'sm')}>
      {t('home.all')}
    </Link>
  );
}

const ROW = 'flex items-center gap-3 px-4 py-2 transition-colors hover:bg-surface-2 focus-visible:-outline-offset-2';

function When({ at }: { at: string }) {
  return (
    <time dateTime={at} title={formatDateTime(at)} className="num shrink-0 text-12 text-fg-3">
      {formatAgo(at)}
    </time>
  );
}

interface RowProps extends Pick<LinkProps, 'to' | 'params' | 'search'> {
  name: string;
  note: string;
  at: string;
}

function Row({ name, note, at, ...link }: RowProps) {
  return (
    <li>
      <Link {...link} className={ROW}>
        <span className="min-w-0 flex-1">
          <span className="block truncate font-medium">{name}</span>
          <span className="block truncate text-12 text-fg-3">{note}</span>
        </span>
        <When at={at} />
      </Link>
    </li>
  );
}

/** `why` says what went wrong as well. */
function RunRow({ run, why = false }: { run: Run; why?: boolean }) {
  return (
    <li>
      <Link to="/runs/$id" params={{ id: run.id }} className={ROW}>
        <span className="min-w-0 flex-1">
          <span className="block truncate font-medium">{run.flow_name}</span>
          {why && run.error && <span className="block truncate text-12 text-fg-2">{said(run.error.message)}</span>}
        </span>
        <StatusBadge status={run.status} />
        <When at={run.created_at} />
      </Link>
    </li>
  );
}
