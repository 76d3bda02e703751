import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatCost, formatDateTime, formatNumber } from '@/i18n/format';
import { IconButton } from '@/ui/button';
import { Badge } from '@/ui/badge';
import { Notice } from '@/ui/problem';
import { between, formatMs, tokensOf } from './measure';
import { ModelCalls } from './model-calls';
import { StatusBadge } from './status';
import { rowName } from './step-list';
import type { Step, TreeNode } from './tree';
import { FieldsView } from './value-view';
import { tr } from './words';

/** Everything that is known of one step. */
export function StepPanel({ node, onClose }: { node: TreeNode; onClose: () => void }) {
  const record = node.step?.record;
  return (
    <section aria-label={rowName(node)} data-testid="step-panel" className="flex flex-col gap-5 p-4">
      <header className="flex items-start gap-2">
        <div className="min-w-0 flex-1">
          <h2 className="flex flex-wrap items-center gap-2 text-14 font-semibold break-all">
            {rowName(node)}
            {node.step && <StatusBadge status={node.step.status} />}
          </h2>
          {node.path !== node.name && <p className="mt-0.5 font-mono text-11 break-all text-fg-3">{node.path}</p>}
        </div>
        <IconButton small label={tr('step.close')} onClick={onClose}>
          <X size={15} />
        </IconButton>
      </header>
      {record && <Facts record={record} />}
      {node.round !== null && <p className="text-fg-2">{tr('step.round')}</p>}
      {node.round === null && !record && <p className="text-fg-2">{tr(node.step?.kind === 'human' ? 'step.waiting' : 'step.running')}</p>}
      {record && <Record record={record} />}
    </section>
  );
}

function Facts({ record }: { record: Step }) {
  const duration = between(record.started_at, record.finished_at, Date.now());
  const firstToken = between(record.started_at, record.first_token_at, 0);
  const cost = formatCost(record.usage.cost);
  return (
    <p className="num -mt-3 flex flex-wrap gap-x-3 gap-y-1 font-mono text-11 text-fg-2">
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

function Record({ record }: { record: Step }) {
  return (
    <>
      {record.cached && (
        <Notice tone="ok">
          <p className="text-fg">{tr('step.cached', { age: formatMs(record.cached.age_ms) })}</p>
        </Notice>
      )}
      {record.error && (
        <Notice tone="bad">
          <p className="break-words text-fg">{record.error.message}</p>
          <p className="mt-0.5 font-mono text-11 text-fg-2">{record.error.limit ?? record.error.code}</p>
        </Notice>
      )}
      {(record.retries?.length ?? 0) > 0 && (
        <Part title={tr('step.retries')}>
          <ul className="flex flex-col gap-2">
            {record.retries?.map((retry) => (
              <li key={`${retry.attempt} ${retry.at}`} className="rounded-md border border-line px-2.5 py-1.5">
                <p className="flex flex-wrap items-center gap-2">
                  <Badge tone="warn">{tr('step.attempt', { number: retry.attempt })}</Badge>
                  <span className="num text-12 text-fg-3">{tr('step.waited', { duration: formatMs(retry.wait_ms) })}</span>
                </p>
                <p className="mt-1 break-words">{retry.error.message}</p>
              </li>
            ))}
          </ul>
        </Part>
      )}
      {(record.calls?.length ?? 0) > 0 && (
        <Part title={tr('step.calls')}>
          <ModelCalls calls={record.calls ?? []} />
        </Part>
      )}
      <Part title={tr('step.inputs')}>
        <FieldsView name={tr('step.inputs')} value={record.inputs} />
      </Part>
      <Part title={tr('step.outputs')}>
        <FieldsView name={tr('step.outputs')} value={record.outputs} />
      </Part>
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
