import { queryOptions, useQuery } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import { ApiError } from '@/api/errors';
import { formatNumber } from '@/i18n/format';
import { Badge } from '@/ui/badge';
import { Section } from '@/ui/page';
import { Notice } from '@/ui/problem';
import { Progress } from '@/ui/progress';
import { t } from '../words';

const STATES = ['filling', 'comparing', 'done', 'failed'] as const;
const TONES = { filling: 'accent', comparing: 'accent', done: 'ok', failed: 'bad' } as const;

const indexCopyQuery = queryOptions({
  queryKey: ['index-copy'],
  queryFn: async () => {
    try {
      return await call(client.GET('/api/v1/system/index-copy'));
    } catch (error) {
      // There is none, which is how it usually is.
      if (error instanceof ApiError && error.status === 404) return null;
      throw error;
    }
  },
  refetchInterval: ({ state }) => (state.data && ['filling', 'comparing'].includes(state.data.state) ? 2000 : false),
});

/** How far the filling of another index is, where an operator began one. */
export function IndexCopy() {
  const { data: copy } = useQuery(indexCopyQuery);
  if (!copy) return null;
  const state = STATES.find((one) => one === copy.state);
  const done = t('jobs.copy.documents', { done: formatNumber(copy.documents), all: formatNumber(copy.of) });
  return (
    <Section
      title={t('jobs.copy')}
      lead={t('jobs.copy.lead', { to: copy.to })}
      actions={<Badge tone={state ? TONES[state] : 'neutral'}>{state ? t(`jobs.copy.${state}`) : copy.state}</Badge>}
    >
      <div className="flex max-w-[480px] items-center gap-3">
        <Progress value={copy.of > 0 ? copy.documents / copy.of : 1} label={done} />
        <span className="num shrink-0 text-12 text-fg-2">{done}</span>
      </div>
      {typeof copy.agreement === 'number' && (
        <p className="mt-2 text-fg-2">{t('jobs.copy.agreement', { share: formatNumber(Math.round(copy.agreement * 100)) })}</p>
      )}
      {copy.error && (
        <Notice tone="bad" className="mt-3">
          <p className="text-fg">{copy.error}</p>
        </Notice>
      )}
    </Section>
  );
}
