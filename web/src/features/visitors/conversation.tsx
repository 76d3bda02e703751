import { History, SquarePen } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { ApiError } from '@/api/errors';
import { Composer } from '@/features/chat/composer';
import { readDraft, writeDraft } from '@/features/chat/drafts';
import { useStickToEnd } from '@/features/chat/use-stick-to-end';
import { IconButton } from '@/ui/button';
import { Notice } from '@/ui/problem';
import { Answer, Question } from './answer';
import {
  beginConversation,
  embed,
  type Look,
  openConversation,
  type QuestionSent,
  readConversation,
  regenerate,
  rememberConversation,
  sendQuestion,
  stopRun,
  token,
  type VisitorCitation,
  type VisitorMessage,
} from './api';
import { Earlier } from './earlier';
import { Bar, Made, Start } from './frame';
import { useLive } from './live';
import { isClosed, wordsOf } from './look';
import { Passage } from './passage';
import { ts } from './words';

interface ConversationProps {
  look: Look;
  onClosed: (problem: unknown) => void;
}

interface Open {
  id: string | null;
  messages: VisitorMessage[];
}

const NEW: Open = { id: null, messages: [] };
const DRAFT = `shared.${token}`;

/** A visitor's conversation with a shared flow. */
export function Conversation({ look, onClosed }: ConversationProps) {
  const [open, setOpen] = useState<Open>(NEW);
  const [pending, setPending] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [passage, setPassage] = useState<{ citation: VisitorCitation; message: string } | null>(null);
  const [choosing, setChoosing] = useState(false);
  const [unsent, setUnsent] = useState(0);
  const last = open.messages.at(-1);
  const running = last?.status === 'running' ? last : null;
  const { scroller, end, stick } = useStickToEnd(last?.id);

  const failed = useCallback(
    (error: unknown) => {
      if (isClosed(error)) return onClosed(error);
      // What was asked in a visit that is over cannot be gone on with.
      if (error instanceof ApiError && error.status === 401) setOpen((before) => ({ ...before, id: null }));
      setProblem(wordsOf(error));
    },
    [onClosed],
  );
  const load = useCallback((id: string) => readConversation(id).then(({ messages }) => setOpen({ id, messages })), []);
  const live = useLive(running?.run_id ?? null, running?.text ?? '', (closed) => {
    if (!closed && open.id) load(open.id).catch(failed);
  });

  // A page that is loaded again goes on where it was; a visit that is over begins anew.
  useEffect(() => {
    const before = openConversation();
    if (before) load(before).catch(() => rememberConversation(null));
  }, [load]);

  const show = (id: string | null) => {
    setPassage(null);
    setProblem(null);
    rememberConversation(id);
    if (id) load(id).catch(failed);
    else setOpen(NEW);
  };
  const sent = (id: string, { user_message, message }: QuestionSent) => {
    setOpen((before) => {
      const at = before.messages.findIndex((one) => one.id === user_message.id);
      const kept = at < 0 ? before.messages : before.messages.slice(0, at);
      return { id, messages: [...kept, user_message, message] };
    });
  };
  const ask = async (text: string) => {
    stick();
    setPending(text);
    setProblem(null);
    try {
      const id = open.id ?? (await beginConversation()).id;
      rememberConversation(id);
      setOpen((before) => ({ ...before, id }));
      sent(id, await sendQuestion(id, text));
    } catch (error) {
      // What was not sent goes back to where it was typed.
      if (readDraft(DRAFT) === '') writeDraft(DRAFT, text);
      setUnsent((count) => count + 1);
      failed(error);
    } finally {
      setPending(null);
    }
  };
  const again = (message: VisitorMessage) => {
    if (!open.id) return;
    const { id } = open;
    setProblem(null);
    regenerate(id, message.id).then((answer) => sent(id, answer), failed);
  };
  const empty = open.messages.length === 0 && pending === null;

  return (
    <div className="flex h-full flex-col">
      <Bar name={look.name}>
        <IconButton label={ts('shared.earlier')} onClick={() => setChoosing(true)}>
          <History size={16} />
        </IconButton>
        <IconButton label={ts('shared.new')} disabled={empty} onClick={() => show(null)}>
          <SquarePen size={16} />
        </IconButton>
      </Bar>
      <main className="flex min-h-0 flex-1 flex-col" aria-label={ts('shared.messages')}>
        <div ref={scroller} className="scroll-thin min-h-0 flex-1 overflow-y-auto">
          <div className="mx-auto flex w-full max-w-[752px] flex-col gap-6 px-4 pt-6 pb-8">
            {empty && <Start greeting={look.greeting} starters={look.starters} onChoose={(text) => void ask(text)} />}
            {open.messages.map((message) =>
              message.role === 'user' ? (
                <Question key={message.id} text={message.text} />
              ) : (
                <Answer
                  key={message.id}
                  message={message}
                  live={message === running ? live : null}
                  isLast={message === last}
                  cites={look.citations}
                  active={passage?.message === message.id ? passage.citation.number : null}
                  onOpen={(citation) => setPassage({ citation, message: message.id })}
                  onAgain={() => again(message)}
                />
              ),
            )}
            {pending !== null && <Question text={pending} />}
            {problem && (
              <Notice tone="bad">
                <p className="text-fg">{problem}</p>
              </Notice>
            )}
            <div ref={end} />
          </div>
        </div>
        <div className="mx-auto w-full max-w-[752px] px-4">
          <Composer
            key={unsent}
            draftKey={DRAFT}
            busy={pending !== null}
            running={running !== null && !live?.ended}
            // In another site's page the focus is not ours to take.
            autoFocus={!embed || document.hasFocus()}
            onSend={(text) => void ask(text)}
            onStop={() => {
              if (running?.run_id) stopRun(running.run_id).catch(failed);
            }}
          />
        </div>
        <Made />
      </main>
      {passage && <Passage key={`${passage.message} ${passage.citation.number}`} citation={passage.citation} onClose={() => setPassage(null)} />}
      {choosing && <Earlier onClose={() => setChoosing(false)} onChoose={show} />}
    </div>
  );
}
