import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { meQuery } from '@/features/session/api';
import { t } from './more/words';
import { t as tc } from './words';
import { withWords } from '@/i18n';
import { Select } from '@/ui/field';
import { ProblemBox } from '@/ui/problem';
import { useDocumentTitle } from '@/ui/use-document-title';
import { Composer } from './composer';
import { readChoice, readDraft, writeChoice, writeDraft, writeFiles } from './drafts';
import type { Held } from './files/held';
import { useOutbox, writeUnsent } from './outbox';
import { type TalkFlow, talkFlowsQuery, createConversation } from './start-api';
import { Starters } from './starters';

const Library = lazy(withWords(() => import('@/features/prompts/library')));

/** Under which name the text of a conversation that is not there yet is kept. */
const NEW = 'new';
const DEMO = 'ask-the-handbook';
const parts = withWords(() => import('./more/message-parts'));
const Attach = lazy(async () => ({ default: (await parts()).Attach }));
const Choices = lazy(async () => ({ default: (await parts()).Choices }));
const UnsentNote = lazy(async () => ({ default: (await parts()).UnsentNote }));
const starts = withWords(() => import('./more/start-parts'));
const FlowLead = lazy(async () => ({ default: (await starts()).FlowLead }));
const FlowStarts = lazy(async () => ({ default: (await starts()).FlowStarts }));

export function ChatStartPage() {
  useDocumentTitle(tc('chat.new'));
  const flows = useQuery(talkFlowsQuery);
  const { flow, choose } = useChosenFlow(flows.data);
  const [round, setRound] = useState(0);
  const [held, setHeld] = useState<Held>({ files: [], busy: false });
  const [choice, setChoice] = useState(() => readChoice(NEW));
  const outbox = useFirstQuestion(() => setRound((count) => count + 1));
  const { unsent } = outbox;
  const ask = (text: string, files = held.files) =>
    outbox.send({ ...choice, text, files, parent: null, known: [], flow: flow?.id });

  return (
    <div className="scroll-thin h-full overflow-y-auto">
      <div className="mx-auto flex min-h-full w-full max-w-[720px] flex-col justify-center gap-5 px-4 pt-8 pb-[14vh]">
        <div>
          <h1 className="text-28 font-semibold tracking-[-0.02em]">{t('chat.start.title')}</h1>
          <p className="mt-1 min-h-5 text-fg-2">
            <Suspense>{flow && (flow.slug === DEMO ? t('chat.start.demo') : <FlowLead flow={flow} />)}</Suspense>
          </p>
        </div>
        {flows.error && !flows.data && <ProblemBox error={flows.error} onRetry={() => void flows.refetch()} />}
        {flow && flows.data && flows.data.length > 1 && <FlowPicker flow={flow} flows={flows.data} onChoose={choose} />}
        {unsent && <p className="max-w-[85%] self-end rounded-xl bg-surface-3 px-3.5 py-2 text-14 break-words whitespace-pre-wrap opacity-70">{unsent.text}</p>}
        <Suspense>
          {unsent && outbox.away && (
            <UnsentNote error={outbox.away} busy={outbox.isSending} onRetry={outbox.retry} onEdit={outbox.take} />
          )}
        </Suspense>
        <Composer
          key={round}
          draftKey={NEW}
          busy={unsent !== null || outbox.isSending || held.busy}
          autoFocus
          library={Library}
          tools={
            <Suspense>
              <Attach key={round} draftKey={NEW} onChange={setHeld} />
              <Choices
                flow={flow?.id}
                chosen={choice}
                problem={outbox.refused}
                onChange={(chosen) => {
                  setChoice(chosen);
                  writeChoice(NEW, chosen);
                }}
              />
            </Suspense>
          }
          onSend={(text) => {
            ask(text);
            writeFiles(NEW, []);
          }}
        />
        {outbox.refused && <ProblemBox error={outbox.refused} />}
        <div className="flex min-h-24 flex-col gap-5">
          {flow?.slug === DEMO && <Starters onChoose={(text) => ask(text, [])} />}
          <Suspense>
            {flow && (
              <FlowStarts
                flow={flow}
                flows={flows.data ?? []}
                repeats={flow.slug !== DEMO}
                onAsk={(text) => ask(text, [])}
                onFlow={({ slug }) => choose(slug)}
              />
            )}
          </Suspense>
        </div>
      </div>
    </div>
  );
}

/** The flow that the address names or that was picked, else the demo, else the first. */
function useChosenFlow(flows: TalkFlow[] | undefined) {
  const navigate = useNavigate();
  const { flow: named } = useSearch({ from: '/app/chat' });
  // The address follows a little later. A list that jumped back meanwhile would lose what is typed in it.
  const [picked, setPicked] = useState<string>();
  const [seen, setSeen] = useState(named);
  if (seen !== named) {
    setSeen(named);
    setPicked(undefined);
  }
  const chosen = picked ?? named;
  const flow = flows?.find(({ slug }) => slug === chosen) ?? flows?.find(({ slug }) => slug === DEMO) ?? flows?.[0];
  const choose = (slug: string) => {
    setPicked(slug);
    void navigate({ to: '/chat', search: { flow: slug }, replace: true });
  };
  return { flow, choose };
}

/** Begins a conversation for the first question, which is sent on its page. */
function useFirstQuestion(onTyped: () => void) {
  const navigate = useNavigate();
  const me = useQuery(meQuery).data;
  return useOutbox(`${NEW}.${me?.workspace.id ?? ''}.${me?.user?.id ?? ''}`, {
    deliver: async (question) => {
      const begun = question.tried ? await (await parts()).findEmpty(question.flow) : null;
      const { id } = begun ?? (await createConversation(question.flow));
      writeUnsent(id, { ...question, tried: false });
      writeChoice(id, { models: question.models, bases: question.bases ?? [] });
      return id;
    },
    onSent: (id) => {
      writeChoice(NEW, null);
      return navigate({ to: '/chat/$id', params: { id } });
    },
    onBack: ({ text, files }) => {
      writeDraft(NEW, [text, readDraft(NEW)].filter(Boolean).join('\n\n'));
      writeFiles(NEW, files);
      onTyped();
    },
  });
}

interface PickerProps {
  flow: TalkFlow;
  flows: TalkFlow[];
  onChoose: (slug: string) => void;
}

function FlowPicker({ flow, flows, onChoose }: PickerProps) {
  return (
    <div className="flex items-center gap-3">
      <Select aria-label={t('chat.flow')} className="max-w-64" value={flow.slug} onChange={(event) => onChoose(event.target.value)}>
        {flows.map(({ slug, name }) => (
          <option key={slug} value={slug}>
            {name}
          </option>
        ))}
      </Select>
      <Link to="/flows/$id" params={{ id: flow.slug }} search={{}} className="rounded-sm text-12 text-accent hover:underline">
        {t('chat.openFlow')}
      </Link>
    </div>
  );
}
