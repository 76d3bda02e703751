import { useMutation, useQuery } from '@tanstack/react-query';
import { Download, Ellipsis, ListPlus, Plus, Trash2 } from 'lucide-react';
import { useRef, useState } from 'react';
import { Button, IconButton } from '@/ui/button';
import { ConfirmDialog, Dialog, DialogForm } from '@/ui/dialog';
import { Field, Input, Textarea } from '@/ui/field';
import { Menu, MenuItem } from '@/ui/menu';
import { Card, Empty, Section } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { toast } from '@/ui/toast';
import { createQuestionSet, deleteQuestionSet, exportQuestions, importQuestions, questionSetsQuery } from './evaluate-api';
import { t, tn } from './words';

type Asked = { what: 'new' } | { what: 'import' | 'delete'; set: string; name: string };

interface QuestionSetsProps {
  knowledgeBaseId: string;
  mayWrite: boolean;
  onRun: (set: string) => void;
}

/** The question sets of a knowledge base: what people ask of it, and what answers them. */
export function QuestionSets({ knowledgeBaseId, mayWrite, onRun }: QuestionSetsProps) {
  const { data, error, refetch } = useQuery(questionSetsQuery(knowledgeBaseId));
  const [asked, setAsked] = useState<Asked | null>(null);
  const close = () => setAsked(null);
  const remove = useMutation({ mutationFn: (set: string) => deleteQuestionSet(knowledgeBaseId, set), onSuccess: close });
  const save = useMutation({
    mutationFn: async ({ set, name }: { set: string; name: string }) => {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(await exportQuestions(set));
      link.download = `${name}.jsonl`;
      link.click();
      URL.revokeObjectURL(link.href);
    },
    onError: (error) => toast.error(error.message),
  });
  const create = mayWrite && (
    <Button onClick={() => setAsked({ what: 'new' })}>
      <Plus size={14} />
      {t('set.new')}
    </Button>
  );
  return (
    <Section title={t('sets.title')} lead={t('sets.lead')} actions={data && data.length > 0 && create}>
      {error && <ProblemBox error={error} onRetry={() => void refetch()} />}
      {!data && !error && <SkeletonRows rows={2} />}
      {data?.length === 0 && (
        <Empty icon={<ListPlus size={28} />} title={t('sets.none')} text={t('sets.none.text')}>
          {create}
        </Empty>
      )}
      {data && data.length > 0 && (
        <Card>
          <ul className="divide-y divide-line" aria-label={t('sets.title')}>
            {data.map((set) => (
              <li key={set.id} className="flex items-center gap-3 px-4 py-2" data-testid="question-set">
                <div className="min-w-0 flex-1">
                  <p className="truncate font-medium">{set.name}</p>
                  <p className="num truncate text-12 text-fg-3">{tn('questions', set.questions)}</p>
                </div>
                {mayWrite && (
                  <Button size="sm" disabled={set.questions === 0} onClick={() => onRun(set.id)}>
                    {t('set.run')}
                  </Button>
                )}
                <Menu
                  trigger={
                    <IconButton small label={t('set.actions', { name: set.name })}>
                      <Ellipsis size={15} />
                    </IconButton>
                  }
                >
                  {mayWrite && (
                    <MenuItem icon={<ListPlus size={14} />} onSelect={() => setAsked({ what: 'import', set: set.id, name: set.name })}>
                      {t('set.import')}
                    </MenuItem>
                  )}
                  <MenuItem icon={<Download size={14} />} onSelect={() => save.mutate({ set: set.id, name: set.name })}>
                    {t('set.export')}
                  </MenuItem>
                  {mayWrite && (
                    <MenuItem icon={<Trash2 size={14} />} danger onSelect={() => setAsked({ what: 'delete', set: set.id, name: set.name })}>
                      {t('action.delete')}
                    </MenuItem>
                  )}
                </Menu>
              </li>
            ))}
          </ul>
        </Card>
      )}
      {(asked?.what === 'new' || asked?.what === 'import') && <QuestionsDialog knowledgeBaseId={knowledgeBaseId} set={asked.what === 'import' ? asked : null} onClose={close} />}
      {asked?.what === 'delete' && (
        <ConfirmDialog
          open
          onOpenChange={close}
          title={t('set.delete', { name: asked.name })}
          text={t('set.delete.text')}
          action={t('action.delete')}
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate(asked.set)}
        />
      )}
    </Section>
  );
}

/** A new set with its first questions, or more questions for one. */
function QuestionsDialog({ knowledgeBaseId, set, onClose }: { knowledgeBaseId: string; set: { set: string; name: string } | null; onClose: () => void }) {
  const [name, setName] = useState('');
  const [questions, setQuestions] = useState('');
  const picker = useRef<HTMLInputElement>(null);
  const send = useMutation({
    mutationFn: async (): Promise<unknown> =>
      set ? importQuestions(knowledgeBaseId, set.set, questions) : createQuestionSet(knowledgeBaseId, name.trim(), questions.trim() ? questions : ''),
    onSuccess: onClose,
  });
  const read = async (file: File | undefined) => {
    if (!file) return;
    setQuestions(await file.text());
    setName((before) => before || file.name.replace(/\.[^.]*$/, ''));
  };
  return (
    <Dialog open onOpenChange={onClose} title={set ? set.name : t('set.new')} description={t('set.file.hint')}>
      <DialogForm action={set ? t('set.import') : t('action.create')} sending={send} disabled={set ? !questions.trim() : !name.trim()} onCancel={onClose}>
        {!set && (
          <Field label={t('field.name')}>
            {(ids) => <Input {...ids} required maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />}
          </Field>
        )}
        <Field label={t('set.questions')} optional={set ? undefined : t('field.optional')} hint={t('set.questions.hint')}>
          {(ids) => (
            <Textarea {...ids} rows={8} className="font-mono text-12!" placeholder={'question,document,quote\nWhen are pears picked?,pears.md,last week of August'} value={questions} onChange={(event) => setQuestions(event.target.value)} />
          )}
        </Field>
        <div>
          <input ref={picker} type="file" accept=".csv,.json,.jsonl,.txt,.tsv" className="sr-only" tabIndex={-1} aria-label={t('set.file')} data-testid="questions-file" onChange={(event) => void read(event.target.files?.[0])} />
          <Button size="sm" onClick={() => picker.current?.click()}>
            {t('set.file')}
          </Button>
        </div>
      </DialogForm>
    </Dialog>
  );
}
