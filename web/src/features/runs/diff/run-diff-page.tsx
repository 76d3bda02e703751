import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { ArrowLeftRight, ChevronLeft, TriangleAlert } from 'lucide-react';
import { useMemo } from 'react';
import { formatCost, formatDateTime, formatNumber } from '@/i18n/format';
import { buttonClass } from '@/ui/button';
import { Notice, ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { useDocumentTitle } from '@/ui/use-document-title';
import { isOver, type Run, runQuery } from '../api';
import { between, formatMs, tokensOf } from '../measure';
import { StatusBadge } from '../status';
import { useTrace } from '../use-trace';
import { tr } from '../words';
import { alignSteps, pairIn } from './align';
import { ValueDiff } from './lines-view';
import { DiffSteps, StepDiff } from './steps';
import { Change } from './change';
import { td } from './words';

/** Two runs side by side: what they were given, did, and came to. */
export function RunDiffPage() {
  const { id } = useParams({ from: '/app/runs/$id' });
  const pair = pairIn(id);
  useDocumentTitle(td('diff.title'));
  if (!pair) {
    return (
      <Notice tone="warn" className="m-4">
        {td('diff.address')}
      </Notice>
    );
  }
  return <Compared key={id} one={pair[0]} other={pair[1]} />;
}

function Compared({ one, other }: { one: string; other: string }) {
  const before = useQuery(runQuery(one));
  const after = useQuery(runQuery(other));
  const error = before.error ?? after.error;
  const runs = before.data && after.data ? { before: before.data, after: after.data } : null;
  return (
    <div className="scroll-thin h-full overflow-y-auto" tabIndex={-1}>
      <header className="border-b border-line px-4 pt-3 pb-3 md:px-5">
        <Link to="/runs" className="-ms-1 inline-flex items-center gap-0.5 rounded-sm text-12 text-fg-2 hover:text-fg">
          <ChevronLeft size={14} className="rtl:-scale-x-100" />
          {tr('run.back')}
        </Link>
        <div className="mt-1 flex flex-wrap items-center gap-3">
          <h1 className="text-16 font-semibold">{td('diff.title')}</h1>
          <Link to="/runs/$id" params={{ id: `${other}..${one}` }} className={`${buttonClass('secondary', 'sm')} ms-auto`}>
            <ArrowLeftRight size={13} />
            {td('diff.swap')}
          </Link>
        </div>
      </header>
      <div className="p-4 md:p-5">
        {error ? (
          <ProblemBox
            error={error}
            onRetry={() => {
              void before.refetch();
              void after.refetch();
            }}
          />
        ) : runs ? (
          <Sides {...runs} />
        ) : (
          <SkeletonRows />
        )}
      </div>
    </div>
  );
}

interface Runs {
  before: Run;
  after: Run;
}

function Sides({ before, after }: Runs) {
  const { step = null } = useSearch({ from: '/app/runs/$id' });
  const navigate = useNavigate({ from: '/runs/$id' });
  const traces = { before: useTrace(before), after: useTrace(after) };
  const pairs = useMemo(() => alignSteps(traces.before.steps, traces.after.steps), [traces.before.steps, traces.after.steps]);
  const chosen = pairs.find(({ path }) => path === step) ?? null;
  const whole = traces.before.whole && traces.after.whole;
  const problem = traces.before.error ?? traces.after.error;
  const choose = (path: string | null) => void navigate({ search: { step: path ?? undefined }, replace: true });
  return (
    <div className="flex flex-col gap-6">
      <div className="grid gap-3 md:grid-cols-2">
        <Side title={td('diff.before')} run={before} />
        <Side title={td('diff.after')} run={after} />
      </div>
      <Origin before={before} after={after} />
      <Totals before={before} after={after} />
      {problem ? <ProblemBox error={problem} /> : null}
      <section aria-label={td('diff.steps')} className="flex flex-col gap-3">
        <DiffSteps pairs={pairs} whole={whole} chosen={step} onChoose={choose} />
        {chosen && <StepDiff key={chosen.path} pair={chosen} onClose={() => choose(null)} />}
      </section>
      <Results before={before} after={after} />
    </div>
  );
}

function Side({ title, run }: { title: string; run: Run }) {
  return (
    <section aria-label={title} className="rounded-lg border border-line bg-surface px-4 py-3">
      <h2 className="text-12 font-medium text-fg-2">{title}</h2>
      <p className="mt-1 flex flex-wrap items-center gap-2">
        <span className="min-w-0 font-medium break-words">{run.flow_name}</span>
        <StatusBadge status={run.status} />
      </p>
      <p className="num mt-1 flex flex-wrap gap-x-3 font-mono text-11 text-fg-2">
        <time dateTime={run.created_at}>{formatDateTime(run.created_at)}</time>
        <span>{run.flow_id ? tr('run.revision', { number: run.revision }) : tr('run.notStored')}</span>
      </p>
      <Link to="/runs/$id" params={{ id: run.id }} className="mt-1 block truncate rounded-sm font-mono text-11 text-accent hover:underline">
        {run.id}
      </Link>
    </section>
  );
}

/** What makes the two runs hard to compare, or tells why they differ. */
function Origin({ before, after }: Runs) {
  const going = !isOver(before) || !isOver(after);
  const flows = before.flow_id !== after.flow_id;
  const revisions = !flows && before.flow_id && before.revision !== after.revision;
  return (
    <>
      {going && <Notice tone="warn">{td('diff.going')}</Notice>}
      {flows && (
        <p className="flex items-start gap-2 text-fg-2">
          <TriangleAlert size={15} aria-hidden="true" className="mt-0.5 shrink-0 text-warn" />
          {td('diff.otherFlow')}
        </p>
      )}
      {revisions && <p className="text-fg-2">{td('diff.otherRevision', { before: before.revision, after: after.revision })}</p>}
    </>
  );
}

const firstOf = ({ started_at, first_token_at }: Run) => (first_token_at ? between(started_at, first_token_at, 0) : null);

const costOf = (run: Run) => (run.usage.cost === null || run.usage.cost === undefined ? null : Number(run.usage.cost));

/** Time, tokens and cost of both runs, and by how much they differ. */
function Totals({ before, after }: Runs) {
  const now = Date.now();
  const rows: [string, number | null, number | null, (value: number) => string][] = [
    [td('diff.duration'), between(before.started_at, before.finished_at, now), between(after.started_at, after.finished_at, now), formatMs],
    [td('diff.firstToken'), firstOf(before), firstOf(after), formatMs],
    [td('diff.tokens'), tokensOf(before.usage), tokensOf(after.usage), formatNumber],
    [td('diff.cost'), costOf(before), costOf(after), (value) => formatCost(value) ?? td('diff.nothing')],
  ];
  return (
    <dl className="grid grid-cols-2 gap-3 md:grid-cols-4" data-testid="diff-totals">
      {rows.map(([name, one, other, say]) => (
        <div key={name} className="min-w-0 rounded-lg border border-line px-3 py-2">
          <dt className="text-12 text-fg-2">{name}</dt>
          <dd className="num mt-0.5">
            <span className="block text-14 font-medium">
              <Change before={one} after={other} say={say} />
            </span>
            <span className="block text-12 text-fg-2">
              {td('diff.from', { before: one === null ? td('diff.nothing') : say(one), after: other === null ? td('diff.nothing') : say(other) })}
            </span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Results({ before, after }: Runs) {
  const parts: [string, unknown, unknown][] = [
    [td('diff.input'), before.input, after.input],
    [td('diff.reply'), before.reply, after.reply],
    [td('diff.outputs'), before.outputs, after.outputs],
    [td('diff.error'), before.error?.message, after.error?.message],
  ];
  const said = (value: unknown) => value !== undefined && value !== null && value !== '' && (typeof value !== 'object' || Object.keys(value).length > 0);
  return (
    <>
      {parts
        .filter(([, one, other]) => said(one) || said(other))
        .map(([name, one, other]) => (
          <section key={name}>
            <h2 className="mb-1.5 text-14 font-semibold">{name}</h2>
            <ValueDiff name={name} before={said(one) ? one : ''} after={said(other) ? other : ''} />
          </section>
        ))}
    </>
  );
}
