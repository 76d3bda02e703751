import { queryOptions, useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { lazy, Suspense, useEffect, useId } from 'react';
import { call, client } from '@/api/client';
import type { Citation, Message } from '@/api/types';
import { between, formatMs, tokensOf } from '@/features/runs/measure';
import { withWords } from '@/i18n';
import { formatCost, formatNumber } from '@/i18n/format';
import { Button, IconButton } from '@/ui/button';
import { Modal } from '@/ui/modal';
import { Notice, ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { followAnswer } from '../api';
import { useLiveRun } from '../live-runs';
import { t } from './words';

const Markdown = lazy(withWords(() => import('../markdown')));

/** The answers to one question; asked for anew whenever an answer of the conversation ends. */
function besideQuery(id: string, message: Message) {
  return queryOptions({
    queryKey: ['conversation', id, 'beside', message.id],
    queryFn: async () => {
      const path = { id, message_id: message.id };
      const page = await call(client.GET('/api/v1/conversations/{id}/messages/{message_id}/siblings', { params: { path } }));
      return page.items;
    },
  });
}

interface CompareProps {
  conversationId: string;
  message: Message;
  /** The branch that is shown. */
  shown: Message[];
  onChoose: (id: string) => void;
  /** A citation's source, which is shown beside the conversation. */
  onOpen: (citation: Citation, messageId: string) => void;
  onClose: () => void;
}

/** All answers to a question beside each other, with what each took; one is chosen to go on with. */
export default function CompareView({ conversationId, message, shown, onChoose, onOpen, onClose }: CompareProps) {
  const { data, error } = useQuery(besideQuery(conversationId, message));
  const title = useId();
  const question = shown.find(({ id }) => id === message.parent)?.text ?? '';
  return (
    <Modal
      onClose={onClose}
      labelledBy={title}
      className="animate-pop fixed inset-x-4 top-[6vh] bottom-auto mx-auto max-h-[88vh] w-auto max-w-[1280px] overflow-y-auto rounded-xl border border-line bg-surface text-13 text-fg shadow-pop backdrop:bg-overlay"
    >
      <header className="sticky top-0 z-10 flex items-start gap-2 border-b border-line bg-surface px-5 py-3">
        <div className="min-w-0 flex-1">
          <h2 id={title} className="text-16 font-semibold">
            {t('compare.title')}
          </h2>
          <p className="truncate text-fg-2">{t('compare.text', { question })}</p>
        </div>
        <IconButton label={t('action.close')} small onClick={onClose}>
          <X size={16} />
        </IconButton>
      </header>
      {error && <ProblemBox error={error} className="m-5" />}
      {!data && !error && <SkeletonRows rows={6} />}
      <div className="grid gap-4 p-5 min-[900px]:grid-cols-2">
        {data?.map((answer) => (
          <Column
            key={answer.id}
            conversationId={conversationId}
            answer={answer}
            chosen={shown.some(({ id }) => id === answer.id)}
            onChoose={() => {
              onChoose(answer.id);
              onClose();
            }}
            onOpen={(citation) => {
              onClose();
              onOpen(citation, answer.id);
            }}
          />
        ))}
      </div>
    </Modal>
  );
}

interface ColumnProps {
  conversationId: string;
  answer: Message;
  chosen: boolean;
  onChoose: () => void;
  onOpen: (citation: Citation) => void;
}

function Column({ conversationId, answer, chosen, onChoose, onOpen }: ColumnProps) {
  const running = answer.status === 'running';
  const runId = answer.run_id ?? null;
  const live = useLiveRun(running ? runId : null);
  useEffect(() => {
    if (running && runId) followAnswer(conversationId, runId, answer.text);
  }, [running, runId, conversationId, answer.text]);
  const text = live?.text ?? answer.text;
  return (
    <article aria-busy={running} data-testid="compared" data-status={answer.status} className="flex min-w-0 flex-col rounded-lg border border-line">
      <h3 className="truncate border-b border-line px-3 py-2 font-mono text-12">{answer.model ?? t('compare.own')}</h3>
      <div dir="auto" className="prose min-w-0 flex-1 px-3 py-3 break-words">
        {text && (
          <Suspense fallback={<p className="whitespace-pre-wrap">{text}</p>}>
            <Markdown text={text} citations={answer.citations} onOpen={onOpen} active={null} />
          </Suspense>
        )}
        {running && !text && <p className="text-fg-3">{t('compare.writing')}</p>}
        {answer.status === 'cancelled' && <p className="text-12 text-fg-3">{t('compare.stopped')}</p>}
        {answer.error && <Notice tone="bad">{answer.error.message}</Notice>}
      </div>
      {!running && <Measures answer={answer} />}
      <div className="border-t border-line p-3">
        {chosen ? (
          <p className="flex h-8 items-center text-fg-2">{t('compare.chosen')}</p>
        ) : (
          <Button onClick={onChoose}>{t('compare.choose')}</Button>
        )}
      </div>
    </article>
  );
}

function Measures({ answer }: { answer: Message }) {
  const id = answer.run_id ?? '';
  const run = useQuery({
    queryKey: ['run', id, 'times'],
    queryFn: () => call(client.GET('/api/v1/runs/{id}', { params: { path: { id } } })),
    enabled: id !== '',
  }).data;
  const time = run ? between(run.started_at, run.finished_at, Date.now()) : null;
  const tokens = tokensOf(answer.usage);
  const measures: [string, string | null][] = [
    [t('compare.time'), time === null ? null : formatMs(time)],
    [t('compare.tokens'), tokens ? formatNumber(tokens) : null],
    [t('compare.cost'), formatCost(answer.usage?.cost)],
  ];
  return (
    <dl className="flex flex-wrap gap-x-5 gap-y-1 px-3 pb-3 text-12">
      {measures.map(([name, value]) => (
        <div key={name} className="flex gap-1.5">
          <dt className="text-fg-3">{name}</dt>
          <dd className="num font-mono">{value ?? '–'}</dd>
        </div>
      ))}
    </dl>
  );
}
