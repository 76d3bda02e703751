import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { formatMs, tokensOf } from '@/features/runs/measure';
import { formatCost, formatDigits, formatNumber } from '@/i18n/format';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Card, Section } from '@/ui/page';
import { Notice, ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { type EvaluatedQuestion, evaluatedQuery, type Evaluation } from './evaluate-api';
import { headline, inOrder, leading, worstFirst } from './measures';
import { t, tn } from './words';

/** One evaluation: its means, what was odd, and what each question found. */
export function EvaluationView({ evaluation }: { evaluation: Evaluation }) {
  const { report, error } = evaluation;
  const measures = (report?.measures ?? {}) as Record<string, number>;
  const cost = report ? formatCost(report.usage.cost) : null;
  return (
    <Section title={evaluation.settings.name ?? evaluation.question_set_name} lead={report ? tn('report.measured', report.measured) : undefined}>
      {error && (
        <Notice tone="bad" className="mb-3">
          <p className="text-fg">{error.message}</p>
        </Notice>
      )}
      {report && (
        <>
          <dl className="num mb-3 grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line sm:grid-cols-4" data-testid="measures">
            {inOrder(measures).map((measure) => (
              <Figure key={measure} name={measure} value={formatDigits(measures[measure] ?? 0, 3)} />
            ))}
            {typeof report.judged?.faithfulness === 'number' && <Figure name={t('report.faithfulness')} value={formatDigits(report.judged.faithfulness, 3)} />}
            {typeof report.judged?.correctness === 'number' && <Figure name={t('report.correctness')} value={formatDigits(report.judged.correctness, 3)} />}
            <Figure name={t('report.p50')} value={formatMs(report.search_ms_p50)} />
            <Figure name={t('report.p95')} value={formatMs(report.search_ms_p95)} />
            {tokensOf(report.usage) > 0 && <Figure name={t('report.used')} value={[t('report.tokens', { count: formatNumber(tokensOf(report.usage)) }), cost].filter(Boolean).join(' · ')} />}
          </dl>
          <ul className="mb-3 text-fg-2 empty:hidden">
            {report.skipped > 0 && <li>{tn('report.skipped', report.skipped)}</li>}
            {report.failed > 0 && <li>{tn('report.failed', report.failed)}</li>}
            {report.lost_labels > 0 && <li>{tn('report.lost', report.lost_labels)}</li>}
            {report.notes.map(({ note, questions }) => (
              <li key={`${note.about} ${note.message}`}>{`${tn('questions', questions)}: ${note.message}`}</li>
            ))}
          </ul>
        </>
      )}
      <Questions evaluation={evaluation} measure={leading(measures)} shown={headline(measures)} />
    </Section>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div className="bg-surface px-3 py-2">
      <dt className="text-12 text-fg-3">{name}</dt>
      <dd className="font-mono text-14">{value}</dd>
    </div>
  );
}

function Questions({ evaluation, measure, shown }: { evaluation: Evaluation; measure: string | undefined; shown: string[] }) {
  const found = useInfiniteQuery(evaluatedQuery(evaluation));
  if (found.error) return <ProblemBox error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return <SkeletonRows />;
  const items = found.data.pages.flatMap(({ items }) => items);
  return (
    <>
      <Card>
        <ul className="divide-y divide-line" aria-label={t('evaluated.title')}>
          {worstFirst(items, measure).map((question) => (
            <li key={question.question_id} data-testid="evaluated">
              <Asked question={question} shown={shown} knowledgeBaseId={evaluation.knowledge_base_id} />
            </li>
          ))}
        </ul>
      </Card>
      {found.hasNextPage && (
        <Button className="mx-auto mt-3 flex" busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {t('action.more')}
        </Button>
      )}
    </>
  );
}

function Asked({ question: { question, result }, shown, knowledgeBaseId }: { question: EvaluatedQuestion; shown: string[]; knowledgeBaseId: string }) {
  // One that was not asked yet has none.
  if (!result) return <p className="px-4 py-2 text-fg-3">{question}</p>;
  const measures = result.measures as Record<string, number>;
  const why = result.error?.message ?? result.skipped;
  return (
    <details>
      <summary className="num flex cursor-pointer flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2 hover:bg-surface-2 focus-visible:-outline-offset-2">
        <span className="min-w-0 flex-1 basis-60 break-words">{question}</span>
        {why ? (
          <Badge tone={result.error ? 'bad' : 'warn'}>{result.error ? t('evaluation.failed') : t('evaluated.skipped')}</Badge>
        ) : (
          <span className="flex gap-3 text-12 text-fg-2">
            {shown.map((measure) => (
              <span key={measure}>
                <span className="text-fg-3">{measure}</span> <span className="font-mono">{formatDigits(measures[measure] ?? 0, 2)}</span>
              </span>
            ))}
          </span>
        )}
      </summary>
      <div className="border-t border-line bg-surface-2 px-4 py-3">
        {why && <p className="mb-2 text-fg-2">{why}</p>}
        {result.lost.map(({ label, why }) => (
          <p key={label} className="mb-2 text-12 text-warn">
            {why}
          </p>
        ))}
        <ol className="flex flex-col gap-2">
          {result.passages.slice(0, 10).map((passage) => (
            <li key={passage.rank} className="flex items-baseline gap-3 text-12">
              <span className="num w-6 shrink-0 text-end font-mono text-fg-3">{passage.rank}</span>
              <span className="min-w-0 flex-1">
                <Link to="/knowledge/$id/documents/$doc" params={{ id: knowledgeBaseId, doc: passage.document_id }} search={{ chunk: passage.chunk_id }} className="rounded-sm font-medium hover:text-accent">
                  {passage.document_name}
                </Link>
                {typeof passage.grade === 'number' && (
                  <span className="ms-2">
                    <Badge tone={passage.grade > 0 ? 'ok' : 'bad'}>{t('evaluated.grade', { grade: passage.grade })}</Badge>
                  </span>
                )}
                <span className="mt-0.5 line-clamp-2 text-fg-2">{passage.text}</span>
              </span>
              <span className="num shrink-0 font-mono text-fg-3">{formatDigits(passage.score, 3)}</span>
            </li>
          ))}
        </ol>
        {result.judged && <Judged judged={result.judged} />}
      </div>
    </details>
  );
}

function Judged({ judged }: { judged: NonNullable<NonNullable<EvaluatedQuestion['result']>['judged']> }) {
  return (
    <div className="mt-3 border-t border-line pt-3">
      <p className="font-medium">{t('judged.answer')}</p>
      <p className="break-words whitespace-pre-wrap text-fg-2">{judged.error?.message ?? judged.answer}</p>
      <ul className="mt-2 flex flex-col gap-1 text-12">
        {judged.claims.map(({ claim, supported, reason }) => (
          <li key={claim} className="flex items-baseline gap-2">
            <Badge tone={supported ? 'ok' : 'bad'}>{supported ? t('judged.supported') : t('judged.unsupported')}</Badge>
            <span>
              {claim} <span className="text-fg-3">{reason}</span>
            </span>
          </li>
        ))}
      </ul>
      {judged.correctness_reason && <p className="mt-2 text-12 text-fg-2">{judged.correctness_reason}</p>}
    </div>
  );
}
