import { type KeyboardEvent, useId } from 'react';
import { said } from '@/features/said/said';
import { formatNumber } from '@/i18n/format';
import { Badge } from '@/ui/badge';
import { cx } from '@/ui/cx';
import { formatMs } from './measure';
import { ModelCalls } from './model-calls';
import { given, printed, shownTab, type StepTab, tabsOf } from './step-tabs';
import type { Step } from './tree';
import { FieldsView, ValueView } from './value-view';
import { tr } from './words';

interface StepContentProps {
  record: Step;
  /** The tab that was chosen before, in this step or another one. */
  wanted: string | undefined;
  onTab: (tab: StepTab) => void;
}

const NEXT: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1 };

/** What a step had, gave, asked and printed, a tab for each. */
export function StepContent({ record, wanted, onTab }: StepContentProps) {
  const id = useId();
  const tabs = tabsOf(record);
  const shown = shownTab(record, tabs, wanted);
  const calls = record.calls?.length ?? 0;
  const press = (event: KeyboardEvent<HTMLDivElement>) => {
    const way = NEXT[event.key];
    if (way === undefined || event.metaKey || event.ctrlKey || event.altKey) return;
    const by = document.documentElement.dir === 'rtl' ? -way : way;
    const next = tabs[(tabs.indexOf(shown) + by + tabs.length) % tabs.length] ?? shown;
    onTab(next);
    event.currentTarget.querySelector<HTMLElement>(`[data-tab="${next}"]`)?.focus();
    event.preventDefault();
  };
  return (
    <div>
      <div role="tablist" tabIndex={-1} aria-label={tr('step.tabs')} onKeyDown={press} className="scroll-thin flex gap-4 overflow-x-auto border-b border-line">
        {tabs.map((tab) => (
          <button
            key={tab}
            type="button"
            role="tab"
            data-tab={tab}
            id={`${id}-${tab}`}
            aria-selected={tab === shown}
            aria-controls={`${id}-panel`}
            tabIndex={tab === shown ? 0 : -1}
            onClick={() => onTab(tab)}
            className={cx(
              'h-8 shrink-0 rounded-t-sm border-b-2 px-0.5 transition-colors focus-visible:-outline-offset-2',
              tab === shown ? 'border-accent font-medium' : 'border-transparent text-fg-2 hover:text-fg',
            )}
          >
            {tr(`step.tab.${tab}`)}
            {tab === 'prompt' && calls > 1 && <span className="num ms-1.5 text-12 font-normal text-fg-3">{formatNumber(calls)}</span>}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${shown}`} data-tab-shown={shown} className="pt-3">
        <Shown tab={shown} record={record} />
      </div>
    </div>
  );
}

function Shown({ tab, record }: { tab: StepTab; record: Step }) {
  if (tab === 'input') return <FieldsView name={tr('step.tab.input')} value={record.inputs} />;
  if (tab === 'output') return <FieldsView name={tr('step.tab.output')} value={given(record)} />;
  if (tab === 'prompt') return <ModelCalls calls={record.calls ?? []} />;
  if (tab === 'logs') return <Logs record={record} />;
  return <ValueView name={`${record.node}.json`} value={record} />;
}

/** What a program printed, and the attempts that failed before this one. */
function Logs({ record }: { record: Step }) {
  const text = printed(record);
  return (
    <div className="flex flex-col gap-4">
      {text !== '' && <ValueView name={tr('step.printed')} value={text} />}
      {(record.retries?.length ?? 0) > 0 && (
        <section>
          <h3 className="mb-1.5 text-12 font-medium text-fg-2">{tr('step.retries')}</h3>
          <ul className="flex flex-col gap-2">
            {record.retries?.map((retry) => (
              <li key={`${retry.attempt} ${retry.at}`} className="rounded-md border border-line px-2.5 py-1.5">
                <p className="flex flex-wrap items-center gap-2">
                  <Badge tone="warn">{tr('step.attempt', { number: retry.attempt })}</Badge>
                  <span className="num text-12 text-fg-3">{tr('step.waited', { duration: formatMs(retry.wait_ms) })}</span>
                </p>
                <p className="mt-1 break-words">{said(retry.error.message)}</p>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
