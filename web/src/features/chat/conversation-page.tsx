import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react';
import type { Attachment, Citation, Message, MessageAccepted } from '@/api/types';
import { t } from './words';
import { withWords } from '@/i18n';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { useDocumentTitle } from '@/ui/use-document-title';
import { cancelRun, conversationQuery, followAnswer, regenerate, sendMessage, showBranch } from './api';
import { Composer } from './composer';
import { readDraft, writeDraft, writeFiles } from './drafts';
import { type Act, Library, MessageView, messageParts } from './message-view';
import type { Held } from './files/held';
import { useStickToEnd } from './use-stick-to-end';

const SourcePanel = lazy(withWords(() => import('./source-panel')));
const CompareView = lazy(withWords(() => import('./more/compare-view')));
const Attach = lazy(async () => ({ default: (await messageParts()).Attach }));
const Earlier = lazy(async () => ({ default: (await messageParts()).Earlier }));
const ModelPicker = lazy(async () => ({ default: (await messageParts()).ModelPicker }));

const NOTHING: Held = { files: [], busy: false };

/** How many messages are there at first, and how many more at a time. */
const SHOWN = 50;

export function ConversationPage() {
  const { id } = useParams({ from: '/app/chat/$id' });
  return <ConversationView key={id} id={id} />;
}

function ConversationView({ id }: { id: string }) {
  const { m } = useSearch({ from: '/app/chat/$id' });
  const navigate = useNavigate({ from: '/chat/$id' });
  const { data, error, refetch } = useQuery({ ...conversationQuery(id, m), placeholderData: keepPreviousData });
  const [source, setSource] = useState<{ citation: Citation; messageId: string } | null>(null);
  const [compared, setCompared] = useState<Message | null>(null);
  const [models, setModels] = useState<string[]>([]);
  // Who picks a branch reads on where they are; who follows a link is brought to its message.
  const [picked, setPicked] = useState<string>();
  const messages = data?.messages ?? [];
  const [first, setFirst] = useState<number | null>(null);
  // What is shown begins at one message and stays so while others are added at the end.
  if (first === null && data) setFirst(Math.max(0, data.messages.length - SHOWN));
  const asked = m !== undefined && m !== picked ? messages.findIndex((message) => message.id === m) : -1;
  const start = Math.max(0, Math.min(first ?? 0, messages.length - SHOWN, asked < 0 ? Infinity : asked - 5));
  const last = messages.at(-1);
  const running = last?.status === 'running' ? last : null;
  const { scroller, end, stick } = useStickToEnd(m === undefined ? last?.id : m, m);
  useDocumentTitle(data?.title || t('chat.untitled'));

  useEffect(() => {
    if (running?.run_id) followAnswer(id, running.run_id, running.text);
  }, [id, running?.run_id, running?.text]);

  const [unsent, setUnsent] = useState(0);
  const [held, setHeld] = useState<Held>(NOTHING);
  // What is sent is no draft any more: the next question begins without files.
  const [round, setRound] = useState(0);
  const show = (shown?: string) => navigate({ search: { m: shown }, replace: true });
  const ask = useMutation({
    mutationFn: (question: { text: string; files: Attachment[]; beside?: Message }) => {
      const parent = question.beside ? (question.beside.parent ?? null) : (last?.id ?? null);
      return sendMessage(id, { text: question.text, parent, files: question.files, models }, m);
    },
    onMutate: stick,
    // What was not sent goes back to where it was typed.
    onError: (_, { text, files, beside }) => {
      if (readDraft(id) === '') {
        writeDraft(id, text);
        if (!beside) writeFiles(id, files);
      }
      setUnsent((count) => count + 1);
    },
    onSuccess: async ({ message }: MessageAccepted) => {
      await show();
      if (models.length > 1) setCompared(message);
    },
  });
  const again = useMutation({
    mutationFn: ({ message, model }: { message: Message; model?: string | undefined }) => regenerate(id, message.id, m, model),
    onMutate: stick,
    onSuccess: async (answer, { model }) => {
      await show();
      if (model) setCompared(answer.message);
    },
  });
  const turn = useMutation({ mutationFn: (shown: string) => showBranch(id, shown) });
  const stop = useMutation({ mutationFn: (runId: string) => cancelRun(runId) });
  const runId = running?.run_id ?? null;
  const { mutate: cancel } = stop;
  const stopRunning = useCallback(() => {
    if (runId) cancel(runId);
  }, [runId, cancel]);
  useStopKey(running !== null, stopRunning);

  const pick = (shown: string) => {
    setPicked(shown);
    turn.mutate(shown);
    void show(shown);
  };
  const act = (wish: Act) => {
    if (wish.kind === 'open') setSource({ citation: wish.citation, messageId: wish.message.id });
    else if (wish.kind === 'again') again.mutate(wish);
    else if (wish.kind === 'edit') ask.mutate({ text: wish.text, files: wish.files, beside: wish.message });
    else if (wish.kind === 'compare') setCompared(wish.message);
    else pick(wish.id);
  };
  // Messages that did not change are not drawn again, whatever this page does.
  const newest = useRef(act);
  newest.current = act;
  const onAct = useCallback((wish: Act) => newest.current(wish), []);

  const problem = ask.error ?? again.error ?? turn.error ?? stop.error;
  return (
    <div className="flex h-full">
      <h1 className="sr-only">{data?.title || t('chat.untitled')}</h1>
      <div className="flex min-w-0 flex-1 flex-col">
        <div ref={scroller} className="scroll-thin min-h-0 flex-1 overflow-y-auto">
          <div className="mx-auto flex w-full max-w-[752px] flex-col gap-6 px-4 pt-6 pb-8">
            {error && <ProblemBox error={error} onRetry={() => void refetch()} />}
            {!data && !error && <SkeletonRows rows={5} />}
            <Suspense>{start > 0 && <Earlier onShow={() => setFirst(Math.max(0, start - SHOWN))} />}</Suspense>
            {messages.slice(start).map((message) => (
              // Its place, and not itself: another branch takes the place, and the focus stays.
              <MessageView
                key={message.parent ?? ''}
                message={message}
                isLast={message === last}
                marked={asked >= 0 && message.id === m}
                active={source?.messageId === message.id ? source.citation.chunk_id : null}
                onAct={onAct}
              />
            ))}
            {ask.isPending && <PendingQuestion text={ask.variables.text} messages={messages} />}
            {problem && <ProblemBox error={problem} />}
            <div ref={end} />
          </div>
        </div>
        <div className="mx-auto w-full max-w-[752px] px-4 pb-[max(16px,env(safe-area-inset-bottom))]">
          <Composer
            key={unsent}
            draftKey={id}
            busy={ask.isPending || again.isPending || !data || held.busy}
            running={running !== null}
            autoFocus
            library={Library}
            tools={
              <Suspense>
                <Attach key={round} draftKey={id} onChange={setHeld} />
                <ModelPicker chosen={models} onChange={setModels} />
              </Suspense>
            }
            onSend={(text) => {
              ask.mutate({ text, files: held.files });
              writeFiles(id, []);
              setRound((before) => before + 1);
            }}
            onStop={stopRunning}
          />
        </div>
      </div>
      <Suspense>
        {source && <SourcePanel key={source.citation.chunk_id} citation={source.citation} onClose={() => setSource(null)} />}
        {compared && (
          <CompareView
            conversationId={id}
            message={compared}
            shown={messages}
            onChoose={pick}
            onOpen={(citation, messageId) => setSource({ citation, messageId })}
            onClose={() => setCompared(null)}
          />
        )}
      </Suspense>
    </div>
  );
}

/** The question while it is on its way to the server. */
function PendingQuestion({ text, messages }: { text: string; messages: Message[] }) {
  if (messages.at(-2)?.text === text && messages.at(-1)?.status === 'running') return null;
  return (
    <p className="max-w-[85%] self-end rounded-xl bg-surface-3 px-3.5 py-2 text-14 break-words whitespace-pre-wrap opacity-70">
      {text}
    </p>
  );
}

/** ⌘. or Ctrl+. stops the answer. */
function useStopKey(active: boolean, stop: () => void): void {
  useEffect(() => {
    if (!active) return undefined;
    const press = (event: KeyboardEvent) => {
      if (event.key !== '.' || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      stop();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [active, stop]);
}
