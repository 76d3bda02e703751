import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { BookMarked, Pencil, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { readDraft, writeDraft } from '@/features/chat/drafts';
import { useSettled } from '@/features/chat/more/use-settled';
import { usePermission } from '@/features/session/api';
import { t } from '@/i18n';
import { Badge } from '@/ui/badge';
import { Button, IconButton } from '@/ui/button';
import { ConfirmDialog, Dialog } from '@/ui/dialog';
import { Input } from '@/ui/field';
import { Card, Empty, Page } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { deletePrompt, type Prompt, promptQuery, promptsQuery } from './api';
import { FillForm } from './fill-form';
import { GAP, PromptDialog } from './prompt-dialog';
import { joined } from './variables';
import { tp } from './words';

const NEW = 'new';

/** All prompts one sees. The address has the search, and which prompt is being written. */
export function PromptsPage() {
  const { q = '', prompt } = useSearch({ from: '/app/chat/prompts' });
  const navigate = useNavigate({ from: '/chat/prompts' });
  const words = useSettled(q.trim());
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(promptsQuery(words));
  const prompts = data?.pages.flatMap((page) => page.items) ?? [];
  const write = (id: string | undefined) => void navigate({ search: { q: q || undefined, prompt: id } });
  const add = (
    <Button kind="primary" onClick={() => write(NEW)}>
      <Plus size={15} />
      {tp('prompts.new')}
    </Button>
  );
  const none = data && prompts.length === 0;
  return (
    <Page title={tp('prompts.title')} lead={tp('prompts.lead')} actions={none && !words ? undefined : add}>
      {(!none || words || q) && (
        <Input
          type="search"
          aria-label={tp('prompts.search')}
          placeholder={tp('prompts.search')}
          className="mb-4 max-w-80"
          value={q}
          onChange={(event) => void navigate({ search: { q: event.target.value || undefined, prompt }, replace: true })}
        />
      )}
      {error && <ProblemBox error={error} onRetry={() => void refetch()} className="mb-4" />}
      {!data && !error && <SkeletonRows rows={4} />}
      {none && words && <p className="text-fg-2">{tp('prompts.none.found')}</p>}
      {none && !words && (
        <Empty icon={<BookMarked size={28} />} title={tp('prompts.none')} text={tp('prompts.none.text', { gap: GAP })}>
          {add}
        </Empty>
      )}
      {prompts.length > 0 && (
        <Card>
          <ul aria-label={tp('prompts.title')} className="divide-y divide-line">
            {prompts.map((one) => (
              <PromptRow key={one.id} prompt={one} onEdit={() => write(one.id)} />
            ))}
          </ul>
        </Card>
      )}
      {hasNextPage && (
        <div className="mt-4 flex justify-center">
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t('action.more')}
          </Button>
        </div>
      )}
      {prompt === NEW && <PromptDialog onClose={() => write(undefined)} />}
      {prompt && prompt !== NEW && (
        <Written key={prompt} id={prompt} known={prompts.find(({ id }) => id === prompt)} onClose={() => write(undefined)} />
      )}
    </Page>
  );
}

/** The prompt that the address names, perhaps not in the list. */
function Written({ id, known, onClose }: { id: string; known: Prompt | undefined; onClose: () => void }) {
  const { data, error } = useQuery({ ...promptQuery(id), ...(known && { initialData: known }) });
  if (data) return <PromptDialog prompt={data} onClose={onClose} />;
  return error ? (
    <Dialog open onOpenChange={onClose} title={tp('prompts.title')}>
      <ProblemBox error={error} />
    </Dialog>
  ) : null;
}

function PromptRow({ prompt, onEdit }: { prompt: Prompt; onEdit: () => void }) {
  const mayShare = usePermission('prompts.common');
  const [asked, setAsked] = useState<'use' | 'delete' | null>(null);
  const navigate = useNavigate();
  const remove = useMutation({ mutationFn: () => deletePrompt(prompt.id), onSuccess: () => setAsked(null) });
  const use = (text: string) => {
    writeDraft('new', joined(readDraft('new'), text));
    void navigate({ to: '/chat' });
  };
  const { name, common, variables } = prompt;
  return (
    <li data-testid="prompt" data-name={name} className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-2.5">
      <div className="min-w-0 flex-1 basis-56">
        <p className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1">
          <span className="min-w-0 font-medium break-words">{name}</span>
          {common && <Badge>{tp('prompts.common')}</Badge>}
          {common && prompt.created_by.name && <span className="text-12 text-fg-3">{tp('prompts.by', { name: prompt.created_by.name })}</span>}
        </p>
        <p dir="auto" className="mt-0.5 line-clamp-2 text-12 break-words whitespace-pre-wrap text-fg-2">
          {prompt.text}
        </p>
        {variables.length > 0 && <p className="mt-0.5 truncate text-12 text-fg-3">{tp('prompt.variables', { names: variables.join(', ') })}</p>}
      </div>
      <div className="flex shrink-0 items-center gap-1">
        <Button size="sm" aria-label={tp('prompts.use.of', { name })} onClick={() => (variables.length > 0 ? setAsked('use') : use(prompt.text))}>
          {tp('prompts.use')}
        </Button>
        {(!common || mayShare) && (
          <>
            <IconButton small label={tp('prompts.edit', { name })} onClick={onEdit}>
              <Pencil size={14} />
            </IconButton>
            <IconButton small label={tp('prompts.delete', { name })} onClick={() => setAsked('delete')}>
              <Trash2 size={14} />
            </IconButton>
          </>
        )}
      </div>
      {asked === 'use' && (
        <Dialog open onOpenChange={() => setAsked(null)} title={tp('fill.title', { name })}>
          <FillForm prompt={prompt} onCancel={() => setAsked(null)} onFilled={use} />
        </Dialog>
      )}
      <ConfirmDialog
        open={asked === 'delete'}
        onOpenChange={() => setAsked(null)}
        title={tp('prompts.delete.title', { name })}
        text={tp(common ? 'prompts.delete.common' : 'prompts.delete.own')}
        action={t('action.delete')}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
      />
    </li>
  );
}
