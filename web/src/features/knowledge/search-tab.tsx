import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { useState } from 'react';
import type { Passage } from '@/api/types';
import { placeOf } from '@/features/chat/place';
import { t, tn } from './words';
import { formatNumber, formatDigits } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Input } from '@/ui/field';
import { Card } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { searchKnowledge } from './api';
import { segments } from './highlights';

/** Shows which passages a question finds; the query is part of the address. */
export function SearchTab() {
  const { id } = useParams({ from: '/app/knowledge/$id' });
  const { q = '' } = useSearch({ from: '/app/knowledge/$id/search' });
  const navigate = useNavigate();
  const [text, setText] = useState(q);
  const result = useQuery({
    queryKey: ['search', id, q],
    queryFn: () => searchKnowledge(id, q),
    enabled: q !== '',
    // A kept result could show passages that were deleted meanwhile.
    staleTime: 0,
    gcTime: 0,
  });
  return (
    <div className="flex flex-col gap-4">
      <form
        role="search"
        className="flex gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          const next = text.trim();
          if (next === q) void result.refetch();
          else void navigate({ to: '/knowledge/$id/search', params: { id }, search: { q: next || undefined } });
        }}
      >
        <Input
          type="search"
          aria-label={t('search.label')}
          placeholder={t('search.placeholder')}
          autoFocus
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <Button type="submit" kind="primary" busy={result.isFetching}>
          <Search size={14} />
          {t('search.submit')}
        </Button>
      </form>
      {result.error && <ProblemBox error={result.error} onRetry={() => void result.refetch()} />}
      {result.isLoading && <SkeletonRows />}
      {q === '' && <p className="text-fg-2">{t('search.lead')}</p>}
      {result.data && (
        <>
          <p role="status" className="num text-12 text-fg-3">
            {result.data.items.length === 0
              ? t('search.none')
              : t('search.found', {
                  passages: tn('count.passages', result.data.items.length),
                  ms: formatNumber(result.data.took_ms),
                })}
          </p>
          <ol className="flex flex-col gap-3">
            {result.data.items.map((passage) => (
              <Hit key={passage.chunk_id} passage={passage} knowledgeBaseId={id} />
            ))}
          </ol>
        </>
      )}
    </div>
  );
}

function Hit({ passage, knowledgeBaseId }: { passage: Passage; knowledgeBaseId: string }) {
  const place = placeOf(passage);
  return (
    <li data-testid="passage">
      <Card>
        <div className="flex items-baseline gap-3 border-b border-line px-4 py-2">
          <Link
            to="/knowledge/$id/documents/$doc"
            params={{ id: knowledgeBaseId, doc: passage.document_id }}
            search={{ chunk: passage.chunk_id }}
            className="min-w-0 flex-1 truncate rounded-sm font-medium hover:text-accent"
          >
            {passage.document_name}
            {place && <span className="ms-2 font-normal text-fg-3">{place}</span>}
          </Link>
          <span className="num font-mono text-11 text-fg-3" title={t('search.score')}>
            {formatDigits(passage.score, 2)}
          </span>
        </div>
        <p className="px-4 py-3 break-words whitespace-pre-wrap text-fg-2">
          {segments(passage.text, passage.highlights).map((segment) =>
            segment.hit ? (
              <mark key={segment.at} className="rounded-sm bg-mark text-fg">
                {segment.text}
              </mark>
            ) : (
              <span key={segment.at}>{segment.text}</span>
            ),
          )}
        </p>
      </Card>
    </li>
  );
}
