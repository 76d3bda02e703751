import { useQuery } from '@tanstack/react-query';
import { formatMs } from '@/features/runs/measure';
import { formatDateTime } from '@/i18n/format';
import { Card, Section } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { Origin } from '../origin';
import { placeOf } from './draft';
import { type Source, type Sync, syncsQuery } from './sources-api';
import { Counts, SyncBadge } from './sync-parts';
import { t, tn } from './words';

/** The syncs of a source, newest first: when, by whom, what came of them and what was odd. */
export function History({ source }: { source: Source }) {
  const { data, error, refetch } = useQuery(syncsQuery(source));
  const latest = source.last_sync;
  // The latest one is known better from the list, which is read again while it goes on.
  const syncs = latest && data ? [latest, ...data.filter(({ id }) => id !== latest.id)] : data;
  return (
    <Section title={t('history.title', { name: source.name })} lead={<Origin url={placeOf(source.settings)} />}>
      {error && <ProblemBox error={error} onRetry={() => void refetch()} />}
      {!syncs && !error && <SkeletonRows rows={3} />}
      {syncs?.length === 0 && <p className="text-fg-2">{t('history.none')}</p>}
      {syncs && syncs.length > 0 && (
        <Card>
          <ul className="divide-y divide-line" aria-label={t('history.title', { name: source.name })}>
            {syncs.map((sync) => (
              <Past key={sync.id} sync={sync} />
            ))}
          </ul>
        </Card>
      )}
    </Section>
  );
}

const HEAD = 'flex flex-wrap items-center gap-x-4 gap-y-1';

function Past({ sync }: { sync: Sync }) {
  const { problems, notes, error, started_at, finished_at, created_at } = sync;
  const took = started_at && finished_at ? formatMs(Date.parse(finished_at) - Date.parse(started_at)) : null;
  const head = (
    <>
      <time className="num min-w-36" dateTime={created_at}>
        {formatDateTime(created_at)}
      </time>
      <SyncBadge sync={sync} />
      <Counts counts={sync.counts} />
      <span className="num ms-auto flex gap-3 text-12 text-fg-3">
        {problems.length > 0 && <span className="text-warn">{tn('history.problems', problems.length)}</span>}
        <span>{sync.by === 'schedule' ? t('history.bySchedule') : t('history.byHand')}</span>
        {took && <span>{took}</span>}
      </span>
    </>
  );
  return (
    <li className="px-4 py-2" data-testid="sync" data-status={sync.status}>
      {problems.length > 0 ? (
        <details>
          <summary className="cursor-pointer rounded-sm">
            <span className={`${HEAD} ms-1 inline-flex w-[calc(100%-20px)] align-top`}>{head}</span>
          </summary>
          <ul className="mt-2 flex flex-col gap-1.5 ps-4 text-12">
            {problems.map(({ item, outcome, reason }) => (
              <li key={item} className="break-words">
                <span className={outcome === 'failed' ? 'text-bad' : 'text-fg-2'}>{t(`outcome.${outcome}`)}</span> <Origin url={item} />
                <p className="text-fg-2">{reason}</p>
              </li>
            ))}
          </ul>
        </details>
      ) : (
        <div className={HEAD}>{head}</div>
      )}
      {error && <p className="mt-1 text-12 break-words text-bad">{error.message}</p>}
      {notes.map((note) => (
        <p key={note} className="mt-1 text-12 break-words text-warn">
          {note}
        </p>
      ))}
    </li>
  );
}
