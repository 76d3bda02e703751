import { useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { said } from '@/features/said/said';
import { formatCost, formatDateTime, formatNumber } from '@/i18n/format';
import { IconButton } from '@/ui/button';
import { Notice, ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { stepQuery } from './api';
import { between, formatMs, tokensOf } from './measure';
import { StatusBadge } from './status';
import { StepContent } from './step-content';
import { rowName } from './step-list';
import { isLight } from './step-tabs';
import type { Step, TreeNode } from './tree';
import { tr } from './words';

interface StepPanelProps {
  node: TreeNode;
  onClose: () => void;
  /** The run it is of: what a light trace left out is fetched from it. */
  run?: string;
  /** Which tab is shown, where the address says it. */
  tab?: string | undefined;
  onTab?: (tab: string) => void;
  /** What stands in place of a step that waits for an answer. */
  asking?: ReactNode;
}

/** Everything that is known of one step. */
export function StepPanel({ node, onClose, run, tab, onTab, asking }: StepPanelProps) {
  const record = node.step?.record;
  const [chosen, setChosen] = useState<string>();
  return (
    <section aria-label={rowName(node)} data-testid="step-panel" className="flex flex-col gap-4 p-4">
      <header className="flex items-start gap-2">
        <div className="min-w-0 flex-1">
          <h2 className="flex flex-wrap items-center gap-2 text-14 font-semibold break-all">
            {rowName(node)}
            {node.step && <StatusBadge status={asking ? 'paused' : node.step.status} />}
          </h2>
          {node.path !== node.name && <p className="mt-0.5 font-mono text-11 break-all text-fg-3">{node.path}</p>}
        </div>
        <IconButton small label={tr('step.close')} onClick={onClose}>
          <X size={15} />
        </IconButton>
      </header>
      {record && <Facts record={record} />}
      {node.round !== null && <p className="text-fg-2">{tr('step.round')}</p>}
      {node.round === null && !record && (asking ?? <p className="text-fg-2">{tr(node.step?.kind === 'human' ? 'step.waiting' : 'step.running')}</p>)}
      {record && <Outcome record={record} />}
      {record && <Whole record={record} run={run} tab={tab ?? chosen} onTab={onTab ?? setChosen} />}
    </section>
  );
}

interface WholeProps {
  record: Step;
  run: string | undefined;
  tab: string | undefined;
  onTab: (tab: string) => void;
}

/** What a step had and gave; it is fetched when the step is looked at, where the trace came without. */
function Whole({ record, run, tab, onTab }: WholeProps) {
  const light = run !== undefined && isLight(record);
  const fetched = useQuery({ ...stepQuery(run ?? '', record.id), enabled: light });
  const whole = light ? fetched.data : record;
  if (whole) return <StepContent record={whole} wanted={tab} onTab={onTab} />;
  if (fetched.error) return <ProblemBox error={fetched.error} onRetry={() => void fetched.refetch()} />;
  return <SkeletonRows />;
}

function Facts({ record }: { record: Step }) {
  const duration = between(record.started_at, record.finished_at, Date.now());
  const firstToken = between(record.started_at, record.first_token_at, 0);
  const cost = formatCost(record.usage.cost);
  return (
    <p className="num -mt-2 flex flex-wrap gap-x-3 gap-y-1 font-mono text-11 text-fg-2">
      <span>{record.kind}</span>
      <time dateTime={record.started_at}>{formatDateTime(record.started_at)}</time>
      {duration !== null && <span>{formatMs(duration)}</span>}
      {record.model && <span className="break-all">{record.model}</span>}
      {tokensOf(record.usage) > 0 && (
        <span>
          {tr('unit.tokens.both', {
            input: formatNumber(record.usage.input_tokens),
            output: formatNumber(record.usage.output_tokens),
          })}
        </span>
      )}
      {cost && <span>{cost}</span>}
      {record.first_token_at && firstToken !== null && (
        <span>
          {tr('step.firstToken')} {formatMs(firstToken)}
        </span>
      )}
    </p>
  );
}

/** Where a result comes from, or why there is none. */
function Outcome({ record }: { record: Step }) {
  return (
    <>
      {record.cached && (
        <Notice tone="ok">
          <p className="text-fg">{tr('step.cached', { age: formatMs(record.cached.age_ms) })}</p>
        </Notice>
      )}
      {record.error && (
        <Notice tone="bad">
          <p className="break-words text-fg">{said(record.error.message)}</p>
          <p className="mt-0.5 font-mono text-11 text-fg-2">{record.error.limit ?? record.error.code}</p>
        </Notice>
      )}
    </>
  );
}

export function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h3 className="mb-1.5 text-12 font-medium text-fg-2">{title}</h3>
      {children}
    </section>
  );
}
