import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { formatBytes, formatDuration, formatNumber } from '@/i18n/format';
import { Badge } from '@/ui/badge';
import { buttonClass } from '@/ui/button';
import { Card, Section } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { Progress } from '@/ui/progress';
import { SkeletonRows } from '@/ui/skeleton';
import { type Limit, limitsQuery } from './api';
import { t } from './words';

/** From which share on a limit counts as nearly used up. */
const NEAR = 0.9;

const NAMES = {
  documents: 'limit.documents',
  document_mb: 'limit.document_mb',
  queued_documents: 'limit.queued_documents',
  concurrent_runs: 'limit.concurrent_runs',
  upload_bytes: 'limit.upload_bytes',
  attachment_bytes: 'limit.attachment_bytes',
  attachments_per_message: 'limit.attachments_per_message',
  body_bytes: 'limit.body_bytes',
  run_seconds: 'limit.run_seconds',
  requests_per_minute: 'limit.requests_per_minute',
  sign_ins_per_minute: 'limit.sign_ins_per_minute',
  deliveries_per_minute: 'limit.deliveries_per_minute',
  forms_per_minute: 'limit.forms_per_minute',
  visits_per_minute: 'limit.visits_per_minute',
} as const;

/** A newer server may have limits that this page has no words for. */
const nameOf = (name: string) => (name in NAMES ? t(NAMES[name as keyof typeof NAMES]) : name);

function amount(unit: Limit['unit'], value: number): string {
  if (unit === 'bytes') return formatBytes(value);
  if (unit === 'seconds') return formatDuration(value);
  if (unit === 'per_minute') return t('limits.minute', { count: formatNumber(value) });
  return formatNumber(value);
}

/** What the workspace may use, and how much of it it uses. */
export function LimitsPage() {
  const { data, error, refetch } = useQuery({ ...limitsQuery, refetchInterval: 10_000 });
  const filling = data?.filter(({ used }) => used !== null && used !== undefined);
  const each = data?.filter(({ used }) => used === null || used === undefined);
  return (
    <>
      <Section title={t('limits.title')} lead={t('limits.lead')}>
        {error && <ProblemBox error={error} onRetry={() => void refetch()} />}
        {!data && !error && <SkeletonRows rows={4} />}
        {filling && (
          <Card>
            <ul aria-label={t('limits.filling')} className="divide-y divide-line">
              {filling.map((limit) => (
                <Filling key={limit.name} limit={limit} />
              ))}
            </ul>
          </Card>
        )}
        <p className="mt-3 flex flex-wrap items-center gap-x-3 gap-y-2 text-fg-2">
          {t('limits.consumed')}
          <Link to="/monitor/$board" params={{ board: 'usage' }} className={buttonClass()}>
            {t('limits.monitor')}
          </Link>
        </p>
      </Section>
      {each && (
        <Section title={t('limits.each')}>
          <Card>
            <dl className="divide-y divide-line">
              {each.map(({ name, unit, most }) => (
                <div key={name} className="flex flex-wrap gap-x-4 px-4 py-2">
                  <dt className="min-w-0 flex-1 text-fg-2">{nameOf(name)}</dt>
                  <dd className="num">{typeof most === 'number' ? amount(unit, most) : t('limits.none')}</dd>
                </div>
              ))}
            </dl>
          </Card>
        </Section>
      )}
    </>
  );
}

function Filling({ limit: { name, unit, used, most } }: { limit: Limit }) {
  const now = used ?? 0;
  const share = typeof most === 'number' ? now / most : null;
  const said = typeof most === 'number' ? t('limits.of', { used: amount(unit, now), most: amount(unit, most) }) : t('limits.free', { used: amount(unit, now) });
  return (
    <li data-testid="limit" data-name={name} className="flex flex-col gap-1.5 px-4 py-2.5">
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <span className="min-w-0 flex-1 font-medium">{nameOf(name)}</span>
        {share !== null && share >= NEAR && <Badge tone={share >= 1 ? 'bad' : 'warn'}>{share >= 1 ? t('limits.full') : t('limits.near')}</Badge>}
        <span className="num text-fg-2">{said}</span>
      </p>
      {share !== null && <Progress label={nameOf(name)} value={share} />}
    </li>
  );
}
