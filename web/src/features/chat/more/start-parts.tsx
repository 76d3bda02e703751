import { useQuery } from '@tanstack/react-query';
import { Waypoints } from 'lucide-react';
import { call, client } from '@/api/client';
import { usePermission } from '@/features/session/api';
import { cx } from '@/ui/cx';
import type { TalkFlow } from '../start-api';
import { flowsToOffer, questionsQuery } from './flow-starts';
import { publishedQuery } from './own-model';
import { t } from './words';

const CARD =
  'h-full w-full min-w-0 rounded-lg border border-line bg-surface px-3 py-2.5 text-start text-fg-2 transition-colors hover:border-line-strong hover:bg-surface-2 hover:text-fg';

/** What a flow is for, in its own words, or else its name. */
export function FlowLead({ flow }: { flow: TalkFlow }) {
  const { data } = useQuery(publishedQuery(flow.id));
  return <>{data?.description?.trim() || t('chat.start.flow', { flow: flow.name })}</>;
}

interface StartsProps {
  flow: TalkFlow;
  flows: TalkFlow[];
  /** Whether what was asked before is offered. */
  repeats: boolean;
  onAsk: (question: string) => void;
  onFlow: (flow: TalkFlow) => void;
}

/** What the reader asked this flow last, and the other flows that can be asked. */
export function FlowStarts({ flow, flows, repeats, onAsk, onFlow }: StartsProps) {
  const mayRead = usePermission('runs.read');
  const { data: questions = [] } = useQuery({ ...questionsQuery(flow.id), enabled: mayRead && repeats });
  const { data: mine = [] } = useQuery({
    queryKey: ['conversations', 'starts'],
    queryFn: async () => (await call(client.GET('/api/v1/conversations', { params: { query: { limit: 100 } } }))).items,
  });
  const others = flowsToOffer(flows, flow.id, mine);
  return (
    <div className="animate-fade flex flex-col gap-5">
      {repeats && questions.length > 0 && (
        <ul aria-label={t('starter.label')} className="grid gap-2 sm:grid-cols-2">
          {questions.map((question) => (
            <li key={question} className="min-w-0">
              <button type="button" dir="auto" onClick={() => onAsk(question)} className={CARD}>
                <span className="line-clamp-2 break-words">{question}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {others.length > 0 && <Others others={others} onFlow={onFlow} />}
    </div>
  );
}

function Others({ others, onFlow }: { others: ReturnType<typeof flowsToOffer>; onFlow: (flow: TalkFlow) => void }) {
  return (
    <section aria-labelledby="start-flows">
      <h2 id="start-flows" className="mb-2 text-12 text-fg-3">
        {t('start.flows')}
      </h2>
      <ul className="grid gap-2 sm:grid-cols-2">
        {others.map(({ flow, title }) => (
          <li key={flow.id} className="min-w-0">
            <button type="button" data-testid="start-flow" onClick={() => onFlow(flow)} className={cx(CARD, 'flex gap-2.5')}>
              <Waypoints size={15} className="mt-0.5 shrink-0 text-fg-3" aria-hidden="true" />
              <span className="min-w-0 flex-1">
                <span className="block truncate font-medium text-fg">{flow.name}</span>
                <span className="block truncate text-12 text-fg-3">
                  {title ? t('start.last', { question: title }) : <FlowLine flow={flow} />}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What a flow says of itself, where nobody asked it yet. */
function FlowLine({ flow }: { flow: TalkFlow }) {
  const { data } = useQuery(publishedQuery(flow.id));
  return <>{data?.description?.trim() || t('start.ask')}</>;
}
