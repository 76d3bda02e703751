import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { ScrollText } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { keysQuery, membersQuery } from '@/features/settings/people-api';
import { t as tc } from '@/i18n';
import { formatAgo, formatDateTime } from '@/i18n/format';
import { Button, buttonClass } from '@/ui/button';
import { Field, Input, Select } from '@/ui/field';
import { Card, Empty, Section } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { type AuditEntry, auditQuery, type AuditSearch, isBackwards } from './api';
import { KINDS } from './kinds';
import { t } from './words';

const OPERATOR = 'operator';

/** Who is behind an entry's caller, by name where they are still here. */
function useNames(): (caller: string) => string {
  const members = useQuery(membersQuery).data;
  const keys = useQuery(keysQuery).data;
  return (caller) => {
    if (caller === OPERATOR) return t('audit.who.operator');
    if (caller.includes('/')) return t('audit.who.visitor');
    const key = keys?.find(({ id }) => id === caller);
    if (key) return t('audit.who.key', { name: key.name });
    return members?.find(({ user_id }) => user_id === caller)?.name ?? caller;
  };
}

/** Who changed what, newest first; the address says which of it. */
export function AuditPage() {
  const search = useSearch({ from: '/app/settings/audit' });
  const { data, error, refetch, isLoading, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(auditQuery(search));
  const name = useNames();
  const entries = data?.pages.flatMap((page) => page.items) ?? [];
  const filtered = Object.values(search).some(Boolean);
  return (
    <Section title={t('audit.title')} lead={t('audit.lead')}>
      <Filters search={search} />
      {error && <ProblemBox error={error} onRetry={() => void refetch()} className="mb-4" />}
      {isLoading && <SkeletonRows rows={6} />}
      {data && entries.length === 0 && (
        <Empty icon={<ScrollText size={24} />} title={filtered ? t('audit.none.filtered') : t('audit.none')} text="" />
      )}
      {entries.length > 0 && (
        <Card>
          <ul className="divide-y divide-line">
            {entries.map((entry) => (
              <Entry key={entry.id} entry={entry} who={name(entry.caller)} />
            ))}
          </ul>
        </Card>
      )}
      {hasNextPage && (
        <div className="mt-4 flex justify-center">
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {tc('action.more')}
          </Button>
        </div>
      )}
    </Section>
  );
}

function Filters({ search }: { search: AuditSearch }) {
  const navigate = useNavigate({ from: '/settings/audit' });
  const members = useQuery(membersQuery).data ?? [];
  const keys = useQuery(keysQuery).data ?? [];
  const [target, setTarget] = useState(search.target ?? '');
  const set = (change: AuditSearch) => void navigate({ search: { ...search, ...change }, replace: true });
  const known = search.caller === undefined || search.caller === OPERATOR || [...members.map(({ user_id }) => user_id), ...keys.map(({ id }) => id)].includes(search.caller);
  return (
    <form
      className="mb-4 flex flex-wrap items-start gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        set({ target: target.trim() || undefined });
      }}
    >
      <Field label={t('audit.who')} className="w-44">
        {(ids) => (
          <Select {...ids} value={search.caller ?? ''} onChange={(event) => set({ caller: event.target.value || undefined })}>
            <option value="">{t('audit.who.all')}</option>
            {members.map(({ user_id, name }) => (
              <option key={user_id} value={user_id}>
                {name}
              </option>
            ))}
            {keys.map(({ id, name }) => (
              <option key={id} value={id}>
                {t('audit.who.key', { name })}
              </option>
            ))}
            <option value={OPERATOR}>{t('audit.who.operator')}</option>
            {!known && <option value={search.caller}>{search.caller}</option>}
          </Select>
        )}
      </Field>
      <Field label={t('audit.kind')} className="w-44">
        {(ids) => (
          <Select {...ids} value={search.action ?? ''} onChange={(event) => set({ action: event.target.value || undefined })}>
            <option value="">{t('audit.kind.all')}</option>
            {KINDS.map((kind) => (
              <option key={kind} value={kind}>
                {t(`kind.${kind}`)}
              </option>
            ))}
            {search.action && !KINDS.some((kind) => kind === search.action) && <option value={search.action}>{search.action}</option>}
          </Select>
        )}
      </Field>
      <Field label={t('audit.from')} className="w-36">
        {(ids) => <Input {...ids} type="date" value={search.from ?? ''} onChange={(event) => set({ from: event.target.value || undefined })} />}
      </Field>
      <Field label={t('audit.to')} className="w-36" error={isBackwards(search) ? t('audit.order') : null}>
        {(ids) => <Input {...ids} type="date" value={search.to ?? ''} onChange={(event) => set({ to: event.target.value || undefined })} />}
      </Field>
      <Field label={t('audit.target')} className="w-52">
        {(ids) => (
          <Input
            {...ids}
            className="font-mono"
            placeholder={t('audit.target.hint')}
            value={target}
            onChange={(event) => setTarget(event.target.value)}
            onBlur={() => set({ target: target.trim() || undefined })}
          />
        )}
      </Field>
      {Object.values(search).some(Boolean) && (
        <Link to="/settings/audit" search={{}} className={`${buttonClass()} mt-6`} onClick={() => setTarget('')}>
          {t('audit.clear')}
        </Link>
      )}
    </form>
  );
}

function Entry({ entry, who }: { entry: AuditEntry; who: string }) {
  return (
    <li data-testid="audit-entry" data-action={entry.action} className="flex flex-col gap-0.5 px-4 py-2">
      <p className="flex flex-wrap items-baseline gap-x-3">
        <span className="font-mono text-12 font-medium">{entry.action}</span>
        <span className="min-w-0 truncate">{who}</span>
        <time dateTime={entry.at} title={formatDateTime(entry.at)} className="num ms-auto text-12 text-fg-3">
          {formatAgo(entry.at)}
        </time>
      </p>
      <p className="flex flex-wrap gap-x-3 text-12 text-fg-2">
        <Target id={entry.target} />
        {entry.detail && <span className="min-w-0 break-words">{entry.detail}</span>}
      </p>
    </li>
  );
}

const LINK = 'rounded-sm font-mono text-11 leading-4 text-accent hover:underline';

/** The thing itself, where it has a page. */
function Target({ id }: { id: string }): ReactNode {
  const [kind] = id.split('_');
  if (kind === 'flw') return <Link to="/flows/$id" params={{ id }} className={LINK}>{id}</Link>;
  if (kind === 'run') return <Link to="/runs/$id" params={{ id }} className={LINK}>{id}</Link>;
  if (kind === 'kb') return <Link to="/knowledge/$id" params={{ id }} className={LINK}>{id}</Link>;
  if (kind === 'trg') return <Link to="/triggers/$id" params={{ id }} className={LINK}>{id}</Link>;
  return <span className="min-w-0 font-mono text-11 leading-4 break-all">{id}</span>;
}
