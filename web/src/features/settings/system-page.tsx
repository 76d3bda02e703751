import { useQuery } from '@tanstack/react-query';
import { CircleCheck, CircleX, RefreshCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { said, saidName } from '@/features/said/said';
import type { SystemCheck } from '@/api/types';
import { t } from './words';
import { formatDateTime, formatDuration } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Card, Section } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { systemQuery } from './people-api';

export function SystemPage() {
  const { data, error, refetch, isFetching } = useQuery(systemQuery);
  if (error) return <ProblemBox error={error} onRetry={() => void refetch()} />;
  if (!data) return <SkeletonRows />;
  return (
    <>
      <Section
        title={t('system.checks')}
        actions={
          <Button size="sm" busy={isFetching} onClick={() => void refetch()}>
            {!isFetching && <RefreshCw size={13} />}
            {t('system.again')}
          </Button>
        }
      >
        <Card>
          <ul className="divide-y divide-line">
            {data.checks.map((check) => (
              <Check key={check.name} check={check} />
            ))}
          </ul>
        </Card>
      </Section>
      <Section title={t('system.about')}>
        <Card>
          <dl className="divide-y divide-line">
            <Fact name={t('system.version')}>{data.version}</Fact>
            <Fact name={t('system.commit')}>{data.commit}</Fact>
            <Fact name={t('system.database')}>{data.database}</Fact>
            <Fact name={t('system.data')}>{data.data_dir}</Fact>
            <Fact name={t('system.started')}>{formatDateTime(data.started_at)}</Fact>
            <Fact name={t('system.uptime')}>{formatDuration(data.uptime_seconds)}</Fact>
          </dl>
        </Card>
      </Section>
    </>
  );
}

function Check({ check }: { check: SystemCheck }) {
  return (
    <li className="flex items-start gap-3 px-4 py-2.5">
      {check.ok ? (
        <CircleCheck size={16} className="mt-0.5 shrink-0 text-ok" role="img" aria-label={t('system.ok')} />
      ) : (
        <CircleX size={16} className="mt-0.5 shrink-0 text-bad" role="img" aria-label={t('system.bad')} />
      )}
      <div className="min-w-0">
        <p className="font-medium">{saidName(check.name)}</p>
        <p className="break-words text-fg-2">{said(check.message)}</p>
        {check.fix && <p className="mt-0.5 break-words">{said(check.fix)}</p>}
      </div>
    </li>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex flex-wrap gap-x-4 px-4 py-2">
      <dt className="w-32 text-fg-2">{name}</dt>
      <dd className="num min-w-0 flex-1 font-mono text-12 leading-5 break-all">{children}</dd>
    </div>
  );
}
