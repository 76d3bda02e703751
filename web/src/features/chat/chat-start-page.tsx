import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import type { Attachment } from '@/api/types';
import { t } from './more/words';
import { t as tc } from './words';
import { withWords } from '@/i18n';
import { Select } from '@/ui/field';
import { ProblemBox } from '@/ui/problem';
import { useDocumentTitle } from '@/ui/use-document-title';
import { sendMessage } from './api';
import { Composer } from './composer';
import { writeDraft, writeFiles } from './drafts';
import type { Held } from './files/held';
import { chatFlowsQuery, createConversation } from './start-api';
import { Starters } from './starters';

const Library = lazy(withWords(() => import('@/features/prompts/library')));

/** Under which name the text of a conversation that is not there yet is kept. */
const NEW = 'new';
const DEMO = 'ask-the-handbook';
const parts = withWords(() => import('./more/message-parts'));
const Attach = lazy(async () => ({ default: (await parts()).Attach }));

export function ChatStartPage() {
  useDocumentTitle(tc('chat.new'));
  const navigate = useNavigate();
  const flows = useQuery(chatFlowsQuery);
  const { flow: named } = useSearch({ from: '/app/chat' });
  // The address follows a little later. A list that jumped back meanwhile would lose what is typed in it.
  const [picked, setPicked] = useState<string>();
  const [seen, setSeen] = useState(named);
  if (seen !== named) {
    setSeen(named);
    setPicked(undefined);
  }
  const chosen = picked ?? named;
  const [unsent, setUnsent] = useState(0);
  const [held, setHeld] = useState<Held>({ files: [], busy: false });
  const flow = flows.data?.find(({ slug }) => slug === chosen) ?? flows.data?.find(({ slug }) => slug === DEMO) ?? flows.data?.[0];
  const ask = useMutation({
    mutationFn: async ({ text, files }: { text: string; files: Attachment[] }) => {
      const conversation = await createConversation(flow?.id);
      await sendMessage(conversation.id, { text, files });
      return conversation.id;
    },
    onSuccess: (id) => navigate({ to: '/chat/$id', params: { id } }),
    // What was not sent goes back to where it was typed.
    onError: (_, { text, files }) => {
      writeDraft(NEW, text);
      writeFiles(NEW, files);
      setUnsent((count) => count + 1);
    },
  });

  return (
    <div className="scroll-thin h-full overflow-y-auto">
      <div className="mx-auto flex min-h-full w-full max-w-[720px] flex-col justify-center gap-5 px-4 pt-8 pb-[14vh]">
        <div>
          <h1 className="text-28 font-semibold tracking-[-0.02em]">{t('chat.start.title')}</h1>
          <p className="mt-1 min-h-5 text-fg-2">
            {flow && (flow.slug === DEMO ? t('chat.start.demo') : t('chat.start.flow', { flow: flow.name }))}
          </p>
        </div>
        {flow && flows.data && flows.data.length > 1 && (
          <div className="flex items-center gap-3">
            <Select
              aria-label={t('chat.flow')}
              className="max-w-64"
              value={flow.slug}
              onChange={(event) => {
                setPicked(event.target.value);
                void navigate({ to: '/chat', search: { flow: event.target.value }, replace: true });
              }}
            >
              {flows.data.map(({ slug, name }) => (
                <option key={slug} value={slug}>
                  {name}
                </option>
              ))}
            </Select>
            <Link to="/flows/$id" params={{ id: flow.slug }} search={{}} className="rounded-sm text-12 text-accent hover:underline">
              {t('chat.openFlow')}
            </Link>
          </div>
        )}
        <Composer
          key={unsent}
          draftKey={NEW}
          busy={ask.isPending || held.busy}
          autoFocus
          library={Library}
          tools={
            <Suspense>
              <Attach draftKey={NEW} onChange={setHeld} />
            </Suspense>
          }
          onSend={(text) => {
            ask.mutate({ text, files: held.files });
            writeFiles(NEW, []);
          }}
        />
        {ask.error && <ProblemBox error={ask.error} />}
        <div className="min-h-24">{flow?.slug === DEMO && <Starters onChoose={(text) => ask.mutate({ text, files: [] })} />}</div>
      </div>
    </div>
  );
}
