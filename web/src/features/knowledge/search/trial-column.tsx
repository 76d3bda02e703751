import { useQuery } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import { tokensOf } from '@/features/runs/measure';
import { formatCost, formatNumber } from '@/i18n/format';
import { Notice, ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { useSettled } from '../use-settled';
import { Hit } from './hit';
import { highest, movedFrom } from './scores';
import { requestOf, type Trial } from './trial';
import { t, tn } from './words';

/** One search; asked again whenever the page is opened, because documents may have gone meanwhile. */
export function useTrial(id: string, query: string, trial: Trial, wanted: boolean) {
  // A reranking model is not asked anew with every letter of a setting.
  const settled = useSettled(JSON.stringify(trial));
  const request = requestOf(query, JSON.parse(settled) as Trial);
  return useQuery({
    queryKey: ['search', id, request],
    queryFn: () => call(client.POST('/api/v1/knowledge-bases/{id}/search', { params: { path: { id } }, body: request })),
    enabled: wanted && query !== '',
    staleTime: 0,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  });
}

type Result = ReturnType<typeof useTrial>;

interface TrialColumnProps {
  knowledgeBaseId: string;
  result: Result;
  /** The search it is compared with. */
  other?: Result | undefined;
}

/** What a search found, and what it did otherwise than asked. */
export function TrialColumn({ knowledgeBaseId, result, other }: TrialColumnProps) {
  const { data, error, isLoading, refetch } = result;
  if (error) return <ProblemBox error={error} onRetry={() => void refetch()} />;
  if (isLoading) return <SkeletonRows />;
  if (!data) return null;
  const most = highest(data.items);
  const tokens = tokensOf(data.usage);
  const cost = tokens > 0 ? formatCost(data.usage.cost) : null;
  const found = [t('found', { passages: tn('count.passages', data.items.length), ms: formatNumber(data.took_ms) })];
  if (tokens > 0) found.push(t('found.tokens', { count: formatNumber(tokens) }));
  if (cost) found.push(cost);
  return (
    <div className="flex min-w-0 flex-col gap-3">
      {data.notes.map(({ about, message }) => (
        <Notice key={`${about} ${message}`} tone="warn">
          <p className="text-fg">{message}</p>
        </Notice>
      ))}
      <p role="status" className="num text-12 text-fg-3">
        {data.items.length === 0 ? t('none') : found.join(' · ')}
      </p>
      <ol data-rows className="flex flex-col gap-3">
        {data.items.map((passage, at) => (
          <Hit
            key={passage.chunk_id}
            passage={passage}
            rank={at + 1}
            knowledgeBaseId={knowledgeBaseId}
            most={most}
            moved={other?.data ? movedFrom(other.data.items, passage, at + 1) : undefined}
          />
        ))}
      </ol>
    </div>
  );
}
