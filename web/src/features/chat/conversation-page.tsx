import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react';
import { asApiError } from '@/api/errors';
import type { Attachment, Citation, Message } from '@/api/types';
import { t } from './words';
import { withWords } from '@/i18n';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { useDocumentTitle } from '@/ui/use-document-title';
import { cancelRun, conversationQuery, followAnswer, regenerate, sendMessage, showBranch } from './api';
import { Composer } from './composer';
import { readChoice, readDraft, writeChoice, writeDraft, writeFiles } from './drafts';
import { type Act, Library, MessageView, messageParts } from './message-view';
import type { Held } from './files/held';
import { useOutbox } from './outbox';
import { useStickToEnd } from './use-stick-to-end';

const SourcePanel = lazy(withWords(() => import('./source-panel')));
const CompareView = lazy(withWords(() => import('./more/compare-view')));
const Attach = lazy(async () => ({ default: (await messageParts()).Attach }));
const Earlier = lazy(async () => ({ default: (await messageParts()).Earlier }));
const Header = lazy(async () => ({ default: (await messageParts()).ConversationHeader }));
const Missing = lazy(async () => ({ default: (await messageParts()).MissingConversation }));
const UnsentNote = lazy(async () => ({ default: (await messageParts()).UnsentNote }));
const Choices = lazy(async () => ({ default: (await messageParts()).Choices }));

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
  const [choice, setChoice] = useState(() => readChoice(id));
  const { bases } = choice;
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

  const [typed, setTyped] = useState(0);
  const [held, setHeld] = useState<Held>(NOTHING);
  // What is sent is no draft any more: the next question begins without files.
  const [round, setRound] = useState(0);
  const show = (shown?: string) => navigate({ search: { m: shown }, replace: true });
  const others = useMutation({
    mutationFn: async ({ question, asked, bases: searched }: { question: string; asked: string[]; bases: string[] | undefined }) => {
      for (const model of asked) await regenerate(id, question, { model, bases: searched });
    },
  });
  const outbox = useOutbox(id, {
    deliver: async (question) =>
      (question.tried ? await (await messageParts()).findSent(id, question) : null) ?? sendMessage(id, question, m),
    onSent: async ({ message, user_message }, { models: asked, bases: searched }) => {
      await show();
      if (asked.length < 2) return;
      setCompared(message);
      others.mutate({ question: user_message.id, asked: asked.slice(1), bases: searched });
    },
    onBack: ({ text, files }) => {
      writeDraft(id, [text, readDraft(id)].filter(Boolean).join('\n\n'));
      writeFiles(id, files);
      setTyped((count) => count + 1);
      setRound((before) => before + 1);
    },
  });
  const { unsent } = outbox;
  const ask = (text: string, files: Attachment[], beside?: Message) => {
    stick();
    const known = beside ? [beside.id, ...beside.siblings] : [];
    outbox.send({ ...choice, text, files, parent: (beside ? beside.parent : last?.id) ?? null, known });
  };
  const again = useMutation({
    mutationFn: ({ message, model }: { message: Message; model?: string | undefined }) => regenerate(id, message.id, { m, model, bases }),
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
    else if (wish.kind === 'edit') ask(wish.text, wish.files, wish.message);
    else if (wish.kind === 'compare') setCompared(wish.message);
    else pick(wish.id);
  };
  // Messages that did not change are not drawn again, whatever this page does.
  const newest = useRef(act);
  newest.current = act;
  const onAct = useCallback((wish: Act) => newest.current(wish), []);

  const gone = error !== null && !data && asApiError(error).status === 404;
  const problem = outbox.refused ?? others.error ?? again.error ?? turn.error ?? stop.error;
  return (
    <div className="flex h-full">
      <div className="flex min-w-0 flex-1 flex-col">
        <header className="flex h-12 shrink-0 items-center gap-1 border-b border-line px-4">
          <Suspense>{data ? <Header conversation={data} /> : <h1 className="sr-only">{t('nav.chat')}</h1>}</Suspense>
        </header>
        <div ref={scroller} className="scroll-thin min-h-0 flex-1 overflow-y-auto">
          <div className="mx-auto flex w-full max-w-[752px] flex-col gap-6 px-4 pt-6 pb-8">
            {gone && (
              <Suspense>
                <Missing />
              </Suspense>
            )}
            {error && !gone && <ProblemBox error={error} onRetry={() => void refetch()} />}
            {!data && !error && <SkeletonRows rows={5} />}
            <Suspense>{start > 0 && <Earlier onShow={() => setFirst(Math.max(0, start - SHOWN))} />}</Suspense>
            {messages.slice(start).map((message) => (
              // Its place, and not itself: another branch takes the place, and the focus stays.
              <MessageView
                key={message.parent ?? ''}
                message={message}
                isLast={message === last}
                isOnly={messages.length === 2}
                marked={asked >= 0 && message.id === m}
                active={source?.messageId === message.id ? source.citation.chunk_id : null}
                onAct={onAct}
              />
            ))}
            {unsent && <PendingQuestion text={unsent.text} messages={messages} />}
            <Suspense>
              {unsent && outbox.away && (
                <UnsentNote error={outbox.away} busy={outbox.isSending} onRetry={outbox.retry} onEdit={outbox.take} />
              )}
            </Suspense>
            {problem && <ProblemBox error={problem} />}
            <div ref={end} />
          </div>
        </div>
        <div hidden={gone} className="mx-auto w-full max-w-[752px] px-4 pb-[max(16px,env(safe-area-inset-bottom))]">
          <Composer
            key={typed}
            draftKey={id}
            busy={unsent !== null || outbox.isSending || again.isPending || !data || held.busy}
            running={running !== null}
            autoFocus
            library={Library}
            tools={
              <Suspense>
                <Attach key={round} draftKey={id} onChange={setHeld} />
                <Choices
                  flow={data?.flow_id}
                  searches={data?.searches ?? false}
                  chosen={choice}
                  problem={problem}
                  onChange={(chosen) => {
                    setChoice(chosen);
                    writeChoice(id, chosen);
                  }}
                />
              </Suspense>
            }
            onSend={(text) => {
              ask(text, held.files);
              writeFiles(id, []);
              setRound((before) => before + 1);
            }}
            onStop={stopRunning}
          />
        </div>
      </div>
      <Suspense>
        {source && (
          <SourcePanel
            key={source.citation.chunk_id}
            citation={source.citation}
            answer={messages.find((one) => one.id === source.messageId)?.text ?? ''}
            onClose={() => setSource(null)}
          />
        )}
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
