import { useQuery } from '@tanstack/react-query';
import { Link, type LinkProps } from '@tanstack/react-router';
import { overviewQuery } from '@/features/monitor/api';
import { formatCost, formatNumber } from '@/i18n/format';
import { cx } from '@/ui/cx';
import { Section } from '@/ui/page';
import { t } from './words';

/** What was used in the last 24 hours; what is shown before it waits for this. */
export const todayQuery = { ...overviewQuery({ range: '24h', live: false }), staleTime: 30_000 };

/** Runs, failures, tokens and cost of a day, each leading to what made it. */
export function Today() {
  const { data } = useQuery(todayQuery);
  if (!data || data.totals.runs === 0) return null;
  const { runs, failed, input_tokens, output_tokens, cost } = data.totals;
  return (
    <Section title={t('home.today')}>
      <ul className="grid grid-cols-2 gap-2 sm:grid-cols-4" data-testid="today">
        <Figure name={t('home.today.runs')} value={formatNumber(runs)} to="/runs" search={{ from: '24h' }} />
        <Figure name={t('home.today.failed')} value={formatNumber(failed)} bad={failed > 0} to="/runs" search={{ status: 'failed', from: '24h' }} />
        <Figure name={t('home.today.tokens')} value={formatNumber(input_tokens + output_tokens)} to="/monitor/$board" params={{ board: 'usage' }} />
        <Figure name={t('home.today.cost')} value={formatCost(cost) ?? '–'} to="/monitor/$board" params={{ board: 'usage' }} />
      </ul>
    </Section>
  );
}

interface FigureProps extends Pick<LinkProps, 'to' | 'params' | 'search'> {
  name: string;
  value: string;
  bad?: boolean;
}

function Figure({ name, value, bad = false, ...link }: FigureProps) {
  return (
    <li className="min-w-0">
      <Link {...link} className="block rounded-lg border border-line bg-surface px-3 py-2 transition-colors hover:border-line-strong hover:bg-surface-2">
        <span className="block truncate text-12 text-fg-2">{name}</span>
        <span className={cx('num block text-16 font-semibold', bad && 'text-bad')}>{value}</span>
      </Link>
    </li>
  );
}
