import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { t } from '@/i18n';
import { formatAgo, formatDateTime } from '@/i18n/format';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Card, Section } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { type Firing, firingsQuery } from './api';
import { tt } from './words';

const TONES = { started: 'ok', overlapped: 'neutral', missed: 'warn', refused: 'bad' } as const;

/** What came of a trigger's events, newest first. */
export function Firings({ id }: { id: string }) {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(firingsQuery(id));
  const firings = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Section title={tt('trigger.firings')} lead={tt('trigger.firings.lead')}>
      {error && <ProblemBox error={error} onRetry={() => void refetch()} />}
      {!data && !error && <SkeletonRows rows={2} />}
      {data && firings.length === 0 && <p className="text-fg-2">{tt('trigger.firings.none')}</p>}
      {firings.length > 0 && (
        <Card>
          <ul className="divide-y divide-line">
            {firings.map((firing) => (
              <FiringRow key={firing.id} firing={firing} />
            ))}
          </ul>
        </Card>
      )}
      {hasNextPage && (
        <Button className="mt-3" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t('action.more')}
        </Button>
      )}
    </Section>
  );
}

function FiringRow({ firing }: { firing: Firing }) {
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2" data-testid="firing" data-outcome={firing.outcome}>
      <Badge tone={TONES[firing.outcome]}>{tt(`outcome.${firing.outcome}`)}</Badge>
      <span className="num text-12 text-fg-3">
        <time dateTime={firing.at} title={formatDateTime(firing.at)}>
          {formatAgo(firing.at)}
        </time>
        {firing.due_at && ` · ${tt('firing.due', { when: formatDateTime(firing.due_at) })}`}
      </span>
      {firing.delivery && <span className="min-w-0 truncate font-mono text-11 text-fg-3">{firing.delivery}</span>}
      {firing.run_id && (
        <Link
          to="/runs/$id"
          params={{ id: firing.run_id }}
          className="ms-auto rounded-sm text-accent hover:underline"
        >
          {tt('firing.run')}
        </Link>
      )}
      {firing.detail && <p className="basis-full break-words text-fg-2">{firing.detail}</p>}
    </li>
  );
}
