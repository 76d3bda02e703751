import { lazy, Suspense } from 'react';
import { said } from '@/features/said/said';
import type { components } from '@/api/schema';
import type { Attachment } from '@/api/types';
import { withWords } from '@/i18n';
import { formatCost, formatNumber } from '@/i18n/format';
import { Badge } from '@/ui/badge';
import { between, formatMs } from './measure';
import { ValueView, valueText } from './value-view';
import { tr } from './words';

const Carried = lazy(withWords(() => import('@/features/chat/files/carried')));

type ModelCall = components['schemas']['ModelCall'];
type Message = Record<string, unknown>;

/** Each question to a model: the rendered prompt, who answered, and what that took. */
export function ModelCalls({ calls }: { calls: ModelCall[] }) {
  return (
    <ul className="flex flex-col gap-2">
      {calls.map((call, index) => (
        <li key={`${call.started_at} ${call.attempt}`}>
          <Call call={call} number={index + 1} open={calls.length === 1} />
        </li>
      ))}
    </ul>
  );
}

function Call({ call, number, open }: { call: ModelCall; number: number; open: boolean }) {
  const cost = formatCost(call.usage.cost);
  const duration = between(call.started_at, call.finished_at, 0);
  const firstToken = between(call.started_at, call.first_token_at, 0);
  return (
    <details open={open} data-testid="model-call" className="rounded-md border border-line">
      <summary className="cursor-pointer rounded-md px-2.5 py-1.5 hover:bg-surface-2">
        <span className="me-2 font-medium">{tr('step.call', { number })}</span>
        <span className="num inline-flex flex-wrap gap-x-2.5 font-mono text-11 text-fg-2">
          <span className="break-all">{call.model ?? call.asked}</span>
          <span>
            {tr('unit.tokens.both', {
              input: formatNumber(call.usage.input_tokens),
              output: formatNumber(call.usage.output_tokens),
            })}
          </span>
          <span title={cost ? undefined : tr('cost.unknown')}>{cost ?? tr('cost.none')}</span>
          {duration !== null && <span>{formatMs(duration)}</span>}
          {call.first_token_at && firstToken !== null && (
            <span>
              {tr('step.firstToken')} {formatMs(firstToken)}
            </span>
          )}
        </span>
      </summary>
      <div className="flex flex-col gap-3 border-t border-line p-2.5">
        <p className="flex flex-wrap gap-x-3 text-12 text-fg-3">
          {call.model && call.asked !== call.model && <span>{tr('step.asked', { model: call.asked })}</span>}
          <span>
            {call.finish_reason ? `${tr('step.finish')} ${call.finish_reason}` : call.error ? '' : tr('step.cutOff')}
          </span>
        </p>
        {call.error && <p className="break-words text-bad">{said(call.error.message)}</p>}
        {call.retries?.map((retry) => (
          <p key={retry.at} className="break-words text-fg-2">
            <Badge tone="warn">{tr('step.attempt', { number: retry.attempt })}</Badge> {said(retry.error.message)}
          </p>
        ))}
        {(call.tools?.length ?? 0) > 0 && (
          <p className="text-12 text-fg-2">
            {tr('step.tools')}: <span className="font-mono break-all">{call.tools?.join(', ')}</span>
          </p>
        )}
        {(call.messages_before ?? 0) > 0 && (
          <p className="text-12 text-fg-3">{tr('step.messages.before', { count: call.messages_before ?? 0 })}</p>
        )}
        {(call.messages as Message[] | undefined)?.map((message, index) => (
          // Messages have no id, and their order never changes.
          // oxlint-disable-next-line react/no-array-index-key
          <Prompt key={index} message={message} />
        ))}
      </div>
    </details>
  );
}

function Prompt({ message }: { message: Message }) {
  const { role, content, attachments, ...rest } = message;
  const name = typeof role === 'string' ? role : 'message';
  return (
    <div>
      <p className="mb-1 font-mono text-11 text-fg-3">{name}</p>
      {content !== undefined && content !== null && content !== '' && <ValueView name={name} value={valueText(content)} />}
      {Array.isArray(attachments) && (
        <Suspense>
          <Carried files={attachments as Attachment[]} className="my-1" />
        </Suspense>
      )}
      {Object.keys(rest).length > 0 && <ValueView name={name} value={rest} />}
    </div>
  );
}
