import { useMutation, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react';
import type { Citation, Message } from '@/api/types';
import { t } from './words';
import { withWords } from '@/i18n';
import { Button } from '@/ui/button';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { useDocumentTitle } from '@/ui/use-document-title';
import { cancelRun, conversationQuery, followAnswer, regenerate, sendMessage } from './api';
import { Composer } from './composer';
import { readDraft, writeDraft } from './drafts';
import { MessageView } from './message-view';
import { useStickToEnd } from './use-stick-to-end';

const SourcePanel = lazy(withWords(() => import('./source-panel')));

/** How many messages are there at first, and how many more at a time. */
const SHOWN = 50;

export interface OpenSource {
  citation: Citation;
  messageId: string;
}

export function ConversationPage() {
  const { id } = useParams({ from: '/app/chat/$id' });
  return <ConversationView key={id} id={id} />;
}

function ConversationView({ id }: { id: string }) {
  const { data, error, refetch } = useQuery(conversationQuery(id));
  const [source, setSource] = useState<OpenSource | null>(null);
  const messages = data?.messages ?? [];
  const [first, setFirst] = useState<number | null>(null);
  // What is shown begins at one message and stays so while others are added at the end.
  if (first === null && data) setFirst(Math.max(0, data.messages.length - SHOWN));
  const start = first ?? 0;
  const last = messages.at(-1);
  const running = last?.status === 'running' ? last : null;
  const { scroller, end, stick } = useStickToEnd(last?.id);
  useDocumentTitle(data?.title || t('chat.untitled'));

  useEffect(() => {
    if (running?.run_id) followAnswer(id, running.run_id, running.text);
  }, [id, running?.run_id, running?.text]);

  const [unsent, setUnsent] = useState(0);
  const send = useMutation({
    mutationFn: (text: string) => sendMessage(id, text),
    onMutate: stick,
    // What was not sent goes back to where it was typed.
    onError: (_, text) => {
      if (readDraft(id) === '') writeDraft(id, text);
      setUnsent((count) => count + 1);
    },
  });
  const again = useMutation({ mutationFn: (messageId: string) => regenerate(id, messageId), onMutate: stick });
  const stop = useMutation({ mutationFn: (runId: string) => cancelRun(runId) });
  const runId = running?.run_id ?? null;
  const { mutate: cancel } = stop;
  const stopRunning = useCallback(() => {
    if (runId) cancel(runId);
  }, [runId, cancel]);
  useStopKey(running !== null, stopRunning);

  const problem = send.error ?? again.error ?? stop.error;
  return (
    <div className="flex h-full">
      <h1 className="sr-only">{data?.title || t('chat.untitled')}</h1>
      <div className="flex min-w-0 flex-1 flex-col">
        <div ref={scroller} className="scroll-thin min-h-0 flex-1 overflow-y-auto">
          <div className="mx-auto flex w-full max-w-[752px] flex-col gap-6 px-4 pt-6 pb-8">
            {error && <ProblemBox error={error} onRetry={() => void refetch()} />}
            {!data && !error && <SkeletonRows rows={5} />}
            {start > 0 && <Earlier onShow={() => setFirst(Math.max(0, start - SHOWN))} />}
            {messages.slice(start).map((message) => (
              <MessageView
                key={message.id}
                message={message}
                isLast={message === last}
                active={source?.messageId === message.id ? source.citation.chunk_id : null}
                onOpen={(citation) => setSource({ citation, messageId: message.id })}
                onRegenerate={() => again.mutate(message.id)}
              />
            ))}
            {send.isPending && <PendingQuestion text={send.variables} messages={messages} />}
            {problem && <ProblemBox error={problem} />}
            <div ref={end} />
          </div>
        </div>
        <div className="mx-auto w-full max-w-[752px] px-4 pb-[max(16px,env(safe-area-inset-bottom))]">
          <Composer
            key={unsent}
            draftKey={id}
            busy={send.isPending || again.isPending || !data}
            running={running !== null}
            autoFocus
            onSend={(text) => send.mutate(text)}
            onStop={stopRunning}
          />
        </div>
      </div>
      {source && (
        <Suspense>
          <SourcePanel key={source.citation.chunk_id} citation={source.citation} onClose={() => setSource(null)} />
        </Suspense>
      )}
    </div>
  );
}

/** Shows what came before, by itself when it is scrolled to. */
function Earlier({ onShow }: { onShow: () => void }) {
  const place = useRef<HTMLDivElement>(null);
  const show = useRef(onShow);
  show.current = onShow;
  useEffect(() => {
    const box = place.current;
    const scroller = box?.closest('.overflow-y-auto');
    if (!box || !scroller) return undefined;
    const seen = new IntersectionObserver(
      ([entry]) => {
        // Before the first scroll to the end, the beginning is in view for a moment.
        if (!entry?.isIntersecting || scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80) return;
        // At the very top the browser would not keep in place what is being read.
        if (scroller.scrollTop === 0) scroller.scrollTop = 1;
        show.current();
      },
      { root: scroller, rootMargin: '400px 0px 0px' },
    );
    seen.observe(box);
    return () => seen.disconnect();
  });
  return (
    <div ref={place} className="flex justify-center">
      <Button kind="ghost" size="sm" onClick={onShow}>
        {t('chat.earlier')}
      </Button>
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
