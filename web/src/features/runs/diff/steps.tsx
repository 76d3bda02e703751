import { X } from 'lucide-react';
import { useState } from 'react';
import { formatCost, formatNumber } from '@/i18n/format';
import { Badge } from '@/ui/badge';
import { Button, IconButton } from '@/ui/button';
import { cx } from '@/ui/cx';
import { SkeletonRows } from '@/ui/skeleton';
import { formatMs } from '../measure';
import { KindDot } from '../status';
import { tr } from '../words';
import { type Pair, stepCost, stepTokens, tookOf } from './align';
import { Change } from './change';
import { ValueDiff } from './lines-view';
import { td } from './words';

const TONES = { same: 'neutral', changed: 'accent', added: 'ok', removed: 'bad' } as const;
const SIGNS = { same: '=', changed: '±', added: '+', removed: '−' } as const;
/** Rows that are drawn at a time. */
const AT_A_TIME = 200;

const COLUMNS = 'grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 gap-y-0.5 md:grid-cols-[minmax(0,1fr)_110px_170px_96px_96px_96px]';

interface DiffStepsProps {
  pairs: Pair[];
  /** Whether all steps of both runs were read. */
  whole: boolean;
  chosen: string | null;
  onChoose: (path: string | null) => void;
}

/** The steps of two runs, side by side. */
export function DiffSteps({ pairs, whole, chosen, onChoose }: DiffStepsProps) {
  const differing = pairs.filter(({ change }) => change !== 'same');
  const [all, setAll] = useState<boolean | null>(null);
  const [count, setCount] = useState(AT_A_TIME);
  // Where much happened, what differs is what one looks for.
  const showAll = all ?? (pairs.length <= 40 || differing.length === 0);
  const rows = showAll ? pairs : differing;
  return (
    <>
      <div className="flex flex-wrap items-center gap-3">
        <h2 className="text-14 font-semibold">{td('diff.steps')}</h2>
        <div role="group" aria-label={td('diff.filter')} className="flex gap-1">
          {[true, false].map((one) => (
            <Button key={String(one)} size="sm" kind={showAll === one ? 'secondary' : 'ghost'} aria-pressed={showAll === one} onClick={() => setAll(one)}>
              {one ? td('diff.filter.all', { count: formatNumber(pairs.length) }) : td('diff.filter.differing', { count: formatNumber(differing.length) })}
            </Button>
          ))}
        </div>
      </div>
      {pairs.length === 0 && (whole ? <p className="text-fg-2">{td('diff.noSteps')}</p> : <SkeletonRows />)}
      {pairs.length > 0 && rows.length === 0 && <p className="text-fg-2">{td('diff.noDifference')}</p>}
      {rows.length > 0 && (
        <div className="rounded-lg border border-line bg-surface">
          <div aria-hidden="true" className={`hidden border-b border-line px-4 py-2 text-12 text-fg-2 md:grid ${COLUMNS}`}>
            <span>{td('diff.col.step')}</span>
            <span>{td('diff.col.change')}</span>
            <span>{td('diff.status')}</span>
            <span className="text-end">{td('diff.duration')}</span>
            <span className="text-end">{td('diff.tokens')}</span>
            <span className="text-end">{td('diff.cost')}</span>
          </div>
          <ul aria-label={td('diff.steps')} className="divide-y divide-line">
            {rows.slice(0, count).map((pair) => (
              <li key={pair.path}>
                <Row pair={pair} chosen={pair.path === chosen} onChoose={() => onChoose(pair.path === chosen ? null : pair.path)} />
              </li>
            ))}
          </ul>
          {count < rows.length && (
            <div className="flex justify-center border-t border-line p-2">
              <Button size="sm" onClick={() => setCount(count + AT_A_TIME)}>
                {td('diff.more')}
              </Button>
            </div>
          )}
        </div>
      )}
    </>
  );
}

function Row({ pair, chosen, onChoose }: { pair: Pair; chosen: boolean; onChoose: () => void }) {
  const { path, depth, kind, before, after, change } = pair;
  const end = 'text-end max-md:hidden';
  return (
    <button
      type="button"
      data-testid="diff-step"
      data-path={path}
      data-change={change}
      aria-pressed={chosen}
      onClick={onChoose}
      className={cx('num w-full px-4 py-1.5 text-start text-12 transition-colors focus-visible:-outline-offset-2', COLUMNS, chosen ? 'bg-accent-soft' : 'hover:bg-surface-2')}
    >
      <span className="flex min-w-0 items-center gap-2" style={{ paddingInlineStart: Math.min(depth, 6) * 12 }}>
        <KindDot kind={kind} />
        <span className={cx('min-w-0 truncate font-mono', change === 'removed' && 'line-through')} title={path}>
          {path}
        </span>
      </span>
      <span>
        <Badge tone={TONES[change]}>
          <span aria-hidden="true">{SIGNS[change]}</span> {td(`change.${change}`)}
        </Badge>
      </span>
      <span className="text-fg-2 max-md:col-span-2">
        {before && after && before.status !== after.status
          ? td('diff.from', { before: tr(`status.${before.status}`), after: tr(`status.${after.status}`) })
          : tr(`status.${(after ?? before)?.status ?? 'done'}`)}
        <span className="ms-3 md:hidden">
          <Change before={tookOf(before)} after={tookOf(after)} say={formatMs} />
        </span>
      </span>
      <span className={end}>
        <Change before={tookOf(before)} after={tookOf(after)} say={formatMs} />
      </span>
      <span className={end}>
        <Change before={stepTokens(before)} after={stepTokens(after)} say={formatNumber} />
      </span>
      <span className={end}>
        <Change before={stepCost(before)} after={stepCost(after)} say={(value) => formatCost(value) ?? td('diff.nothing')} />
      </span>
    </button>
  );
}

/** What went into one step and came out of it, in both runs. */
export function StepDiff({ pair, onClose }: { pair: Pair; onClose: () => void }) {
  const { path, before, after } = pair;
  const errors = [before?.record?.error?.message ?? '', after?.record?.error?.message ?? ''] as const;
  return (
    <section aria-label={path} data-testid="step-diff" className="rounded-lg border border-line bg-surface p-4">
      <header className="flex items-start gap-2">
        <h3 className="min-w-0 flex-1 font-mono text-12 font-medium break-all">{path}</h3>
        <IconButton small label={td('diff.step.close', { name: path })} onClick={onClose}>
          <X size={15} />
        </IconButton>
      </header>
      {!(before && after) && <p className="mt-1 text-fg-2">{before ? td('diff.only.before') : td('diff.only.after')}</p>}
      {errors.some(Boolean) && (
        <>
          <h4 className="mt-3 mb-1 text-12 font-medium text-fg-2">{td('diff.step.error')}</h4>
          <ValueDiff name={td('diff.step.error')} before={errors[0]} after={errors[1]} />
        </>
      )}
      <h4 className="mt-3 mb-1 text-12 font-medium text-fg-2">{td('diff.step.inputs')}</h4>
      <ValueDiff name={td('diff.step.inputs')} before={before?.record?.inputs ?? ''} after={after?.record?.inputs ?? ''} />
      <h4 className="mt-3 mb-1 text-12 font-medium text-fg-2">{td('diff.step.outputs')}</h4>
      <ValueDiff name={td('diff.step.outputs')} before={before?.record?.outputs ?? ''} after={after?.record?.outputs ?? ''} />
    </section>
  );
}
