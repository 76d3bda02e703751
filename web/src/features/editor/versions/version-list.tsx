import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Flow } from '@/features/flows/api';
import { formatAgo, formatDateTime } from '@/i18n/format';
import { Badge } from '@/ui/badge';
import { cx } from '@/ui/cx';
import { SkeletonRows } from '@/ui/skeleton';
import { tl } from '../late-words';
import { revisionsQuery, type RevisionSummary } from '../later-api';
import { useNames } from '../who';
import { tv } from './words';

interface VersionListProps {
  flow: Flow;
  from: string;
  to: string;
}

/** Every version of a flow: what it is called, who made it and why; each leads to what the draft changes about it. */
export function VersionList({ flow, from, to }: VersionListProps) {
  const { data } = useQuery(revisionsQuery(flow.slug));
  const nameOf = useNames();
  if (!data) return <SkeletonRows rows={3} />;
  return (
    <ul aria-label={tl('versions.heading')} className="py-1">
      {data.items.map((revision, at) => (
        <Row
          key={revision.number}
          slug={flow.slug}
          revision={revision}
          live={flow.published === revision.number}
          chosen={String(revision.number) === from && to === 'draft'}
          before={data.items[at + 1]?.number ?? null}
          shown={String(data.items[at + 1]?.number) === from && String(revision.number) === to}
          by={nameOf(revision.by)}
        />
      ))}
    </ul>
  );
}

interface RowProps {
  slug: string;
  revision: RevisionSummary;
  live: boolean;
  /** Whether it is compared with the draft. */
  chosen: boolean;
  /** The version before it, which it can be compared with. */
  before: number | null;
  /** Whether it is. */
  shown: boolean;
  by: string;
}

function Row({ slug, revision, live, chosen, before, shown, by }: RowProps) {
  const { number, message, restores, created_at: at } = revision;
  const said = message ?? (restores ? tl('versions.restores', { number: restores }) : '');
  return (
    <li data-testid="version" data-number={number} className={cx('relative px-4 py-2', chosen || shown ? 'bg-surface-3' : 'hover:bg-surface-2')}>
      <Link
        to="/flows/$id/versions/$pair"
        params={{ id: slug, pair: `${number}..draft` }}
        replace
        aria-current={chosen ? 'page' : undefined}
        className="flex items-center gap-2 rounded-sm after:absolute after:inset-0"
      >
        <span className="num font-medium">{tl('versions.number', { number })}</span>
        {live && <Badge tone="ok">{tl('versions.live')}</Badge>}
        <time dateTime={at} title={formatDateTime(at)} className="num ms-auto text-12 text-fg-2">
          {formatAgo(at)}
        </time>
      </Link>
      {said && <p className="mt-0.5 break-words">{said}</p>}
      <p className="mt-0.5 flex flex-wrap gap-x-3 text-12 text-fg-2">
        {by && <span className="min-w-0 truncate">{by}</span>}
        {before !== null && (
          <Link
            to="/flows/$id/versions/$pair"
            params={{ id: slug, pair: `${before}..${number}` }}
            replace
            aria-current={shown ? 'page' : undefined}
            className="relative z-[1] rounded-sm text-accent hover:underline"
          >
            {tv('versions.changed')}
          </Link>
        )}
        <Link to="/flows/$id" params={{ id: slug }} search={{ v: number }} className="relative z-[1] rounded-sm text-accent hover:underline">
          {tv('versions.see')}
        </Link>
      </p>
    </li>
  );
}
