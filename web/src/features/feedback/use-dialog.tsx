import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { createQuestionSet, questionSetsQuery } from '@/features/knowledge/evaluate/evaluate-api';
import { knowledgeBasesQuery } from '@/features/knowledge/api';
import type { Run } from '@/features/runs/api';
import { Dialog, DialogForm } from '@/ui/dialog';
import { Field, Input, Select, Textarea } from '@/ui/field';
import { Notice } from '@/ui/problem';
import { toast } from '@/ui/toast';
import { askAgain } from './api';
import { tf } from './words';

const NEW = 'new';

/** Puts the better answer of a run into a question set, as the answer to expect. */
export default function UseDialog({ run, onClose }: { run: Run; onClose: () => void }) {
  const bases = useQuery(knowledgeBasesQuery);
  const cited = run.citations[0]?.knowledge_base_id;
  const [chosenBase, setBase] = useState<string | null>(null);
  const base = chosenBase ?? bases.data?.find(({ id }) => id === cited)?.id ?? bases.data?.[0]?.id ?? null;
  return (
    <Dialog open onOpenChange={onClose} title={tf('use.title')} description={tf('use.text')}>
      {bases.data?.length === 0 && <Notice tone="warn">{tf('use.noBase')}</Notice>}
      {bases.data && base && (
        <Form key={base} run={run} base={base} onClose={onClose}>
          <Field label={tf('use.base')}>
            {(ids) => (
              <Select {...ids} value={base} onChange={(event) => setBase(event.target.value)}>
                {bases.data.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </Form>
      )}
    </Dialog>
  );
}

function Form({ run, base, onClose, children }: { run: Run; base: string; onClose: () => void; children: React.ReactNode }) {
  const sets = useQuery(questionSetsQuery(base));
  const [chosenSet, setChosenSet] = useState<string | null>(null);
  const [name, setName] = useState('');
  const [question, setQuestion] = useState('');
  const passages = run.citations.filter(({ knowledge_base_id }) => knowledge_base_id === base);
  const [supporting, setSupporting] = useState<number[]>([]);
  const set = chosenSet ?? sets.data?.[0]?.id ?? NEW;
  const send = useMutation({
    mutationFn: async () => {
      const into = set === NEW ? await createQuestionSet(base, name.trim(), '') : sets.data?.find(({ id }) => id === set);
      if (!into) return null;
      // Asked a second time, it goes into the set that was made the first time.
      setChosenSet(into.id);
      await sets.refetch();
      await askAgain(run.id, into.id, question, supporting);
      return into.name;
    },
    onSuccess: (into) => {
      if (into === null) return;
      toast.success(tf('use.added', { name: into }));
      onClose();
    },
  });
  const toggle = (number: number, on: boolean) => setSupporting(on ? [...supporting, number] : supporting.filter((one) => one !== number));
  return (
    <DialogForm action={tf('use.add')} sending={{ ...send, mutate: () => send.mutate() }} disabled={!sets.data || (set === NEW && !name.trim())} onCancel={onClose}>
      {children}
      <Field label={tf('use.set')}>
        {(ids) => (
          <Select {...ids} value={set} onChange={(event) => setChosenSet(event.target.value)}>
            {sets.data?.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
            <option value={NEW}>{tf('use.set.new')}</option>
          </Select>
        )}
      </Field>
      {set === NEW && (
        <Field label={tf('use.set.name')}>{(ids) => <Input {...ids} required maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />}</Field>
      )}
      <Field label={tf('use.question')} hint={tf('use.question.hint')}>
        {(ids) => <Textarea {...ids} dir="auto" rows={2} maxLength={4000} value={question} onChange={(event) => setQuestion(event.target.value)} />}
      </Field>
      {passages.length > 0 && (
        <fieldset>
          <legend className="mb-1 font-medium">{tf('use.citations')}</legend>
          <ul className="flex flex-col gap-1.5">
            {passages.map((passage) => (
              <li key={passage.number}>
                <label className="num flex items-center gap-2 text-12 text-fg-2">
                  <input
                    type="checkbox"
                    className="size-4 shrink-0 accent-accent"
                    checked={supporting.includes(passage.number)}
                    onChange={(event) => toggle(passage.number, event.target.checked)}
                  />
                  [{passage.number}] {passage.document_name}
                </label>
                <p className="ms-6 line-clamp-2 break-words">{passage.text}</p>
              </li>
            ))}
          </ul>
        </fieldset>
      )}
    </DialogForm>
  );
}
