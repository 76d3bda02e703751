import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { formatDigits } from '@/i18n/format';
import { cx } from '@/ui/cx';
import { Select } from '@/ui/field';
import { Section } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { type Comparison, comparisonQuery, type Evaluation } from './evaluate-api';
import { inOrder } from './measures';
import { t, tn } from './words';

/** Below this a difference is hard to explain by chance. */
const UNLIKELY = 0.05;

const signed = (value: number) => `${value > 0 ? '+' : value < 0 ? '−' : ''}${formatDigits(Math.abs(value), 3)}`;
const tone = (value: number) => (value > 0 ? 'text-ok' : value < 0 ? 'text-bad' : 'text-fg-3');

/** Two evaluations of the same set: each measure before and after, and which questions it moved. */
export function ComparisonView({ before, after }: { before: Evaluation; after: Evaluation }) {
  const [measure, setMeasure] = useState<string>();
  const { data, error, refetch } = useQuery(comparisonQuery(before.id, after.id, measure));
  const nameOf = (one: Evaluation) => one.settings.name ?? one.question_set_name;
  return (
    <Section title={t('comparison.title', { before: nameOf(before), after: nameOf(after) })} lead={t('comparison.lead')}>
      {error && <ProblemBox error={error} onRetry={() => void refetch()} />}
      {!data && !error && <SkeletonRows />}
      {data && (
        <>
          <p className="num mb-2 text-12 text-fg-3">
            {tn('questions', data.questions)}
            {data.left_out > 0 && ` · ${tn('comparison.leftOut', data.left_out)}`}
          </p>
          <Measures comparison={data} />
          <div className="mt-4 flex flex-wrap items-center gap-2">
            <label className="flex items-center gap-2">
              {t('comparison.by')}
              <Select className="w-auto!" value={data.measure} onChange={(event) => setMeasure(event.target.value)}>
                {inOrder(Object.fromEntries(data.measures.map(({ measure }) => [measure, true]))).map((one) => (
                  <option key={one}>{one}</option>
                ))}
              </Select>
            </label>
          </div>
          <div className="mt-3 grid gap-4 lg:grid-cols-2">
            <Moved title={t('comparison.gained')} questions={data.gained} />
            <Moved title={t('comparison.lost')} questions={data.lost} />
          </div>
        </>
      )}
    </Section>
  );
}

function Measures({ comparison }: { comparison: Comparison }) {
  const order = inOrder(Object.fromEntries(comparison.measures.map(({ measure }) => [measure, true])));
  const rows = comparison.measures.toSorted((one, other) => order.indexOf(one.measure) - order.indexOf(other.measure));
  return (
    <div className="scroll-thin overflow-x-auto rounded-lg border border-line bg-surface" tabIndex={0} role="region" aria-label={t('comparison.measures')}>
      <table className="num w-full min-w-[520px] text-12" data-testid="comparison">
        <thead className="text-fg-3">
          <tr>
            {(['measure', 'before', 'after', 'difference', 'interval', 'chance'] as const).map((column) => (
              <th key={column} scope="col" className={cx('px-3 py-1.5 font-medium', column === 'measure' ? 'text-start' : 'text-end')}>
                {t(`comparison.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line border-t border-line font-mono">
          {rows.map(({ measure, before, after, difference, low, high, p_value }) => (
            <tr key={measure}>
              <th scope="row" className="px-3 py-1.5 text-start font-sans font-normal text-fg">
                {measure}
              </th>
              <td className="px-3 text-end">{formatDigits(before, 3)}</td>
              <td className="px-3 text-end">{formatDigits(after, 3)}</td>
              <td className={cx('px-3 text-end', tone(difference))}>{signed(difference)}</td>
              <td className="px-3 text-end text-fg-2">{`${signed(low)} … ${signed(high)}`}</td>
              <td className={cx('px-3 text-end', p_value < UNLIKELY ? 'font-medium text-fg' : 'text-fg-3')}>{formatDigits(p_value, 3)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Moved({ title, questions }: { title: string; questions: Comparison['gained'] }) {
  return (
    <section aria-label={title} className="min-w-0">
      <h3 className="mb-1 font-medium">{title}</h3>
      {questions.length === 0 ? (
        <p className="text-fg-3">{t('comparison.none')}</p>
      ) : (
        <ul className="divide-y divide-line rounded-lg border border-line bg-surface">
          {questions.map(({ question_id, question, difference, before, after }) => (
            <li key={question_id} className="num flex items-baseline gap-3 px-3 py-1.5 text-12">
              <span className="min-w-0 flex-1 break-words">{question}</span>
              <span className="shrink-0 font-mono text-fg-3">{`${formatDigits(before, 2)} → ${formatDigits(after, 2)}`}</span>
              <span className={cx('shrink-0 font-mono', tone(difference))}>{signed(difference)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
