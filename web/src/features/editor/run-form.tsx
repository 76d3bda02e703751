import { useMutation } from '@tanstack/react-query';
import { Play } from 'lucide-react';
import { useCallback, useMemo, useState } from 'react';
import { type AskedField, begin, collect, fromFormField, type Typed, type Wrong } from '@/features/forms/fields';
import { Fields } from '@/features/forms/fields-view';
import type { Run } from '@/features/runs/api';
import { retold } from '@/features/said/said';
import { Button } from '@/ui/button';
import { ProblemBox } from '@/ui/problem';
import { runDraft } from './later-api';
import { tl } from './late-words';
import type { FlowDoc, NamedField } from './model';
import type { Editor } from './store';

/** What later runs can be begun with. */
export interface Known {
  input: Record<string, unknown>;
  /** Of nodes outside of containers. */
  outputs: Record<string, unknown>;
}

/** The fields of a flow's inputs, with what an earlier run had in them. */
export function askedOf(inputs: readonly NamedField[] | undefined, had: Record<string, unknown>): AskedField[] {
  return (inputs ?? [])
    .filter(({ name }) => name)
    .map((field) => fromFormField({ ...field, type: field.type ?? 'string', options: field.options, label: field.name, default: had[field.name] ?? field.default }));
}

interface RunFormOptions {
  flow: string;
  draft: Editor;
  doc: FlowDoc;
  onStarted: (run: Run) => void;
  onWrong: () => void;
}

/** The inputs of a run of the draft, as they are typed or as an earlier run had them. */
export function useRunForm({ flow, draft, doc, onStarted, onWrong }: RunFormOptions) {
  const [had, setHad] = useState<Record<string, unknown>>({});
  const [typed, setTyped] = useState<Typed>({});
  const [wrong, setWrong] = useState<Record<string, Wrong>>({});
  const fields = useMemo(() => askedOf(doc.inputs, had), [doc.inputs, had]);
  const filled = { ...begin(fields), ...typed };
  const start = useMutation({ mutationFn: (input: Record<string, unknown>) => runDraft(flow, draft.doc, input), onSuccess: onStarted });
  const send = (asked: AskedField[], values: Typed) => {
    const read = collect(asked, values);
    setWrong(read.wrong);
    if (Object.keys(read.wrong).length > 0) onWrong();
    else start.mutate(read.values);
  };
  const fill = useCallback((input: Record<string, unknown>) => {
    setHad(input);
    setTyped({});
    setWrong({});
  }, []);
  return {
    fields,
    typed: filled,
    wrong,
    untouched: Object.keys(typed).length === 0,
    onChange: setTyped,
    fill,
    onStart: () => send(fields, filled),
    again: (input: Record<string, unknown>) => {
      fill(input);
      const asked = askedOf(draft.doc.inputs, input);
      send(asked, begin(asked));
    },
    busy: start.isPending,
    error: start.error,
  };
}

export type RunFormState = ReturnType<typeof useRunForm>;

/** The inputs of the draft, and the button that runs it. */
export function RunForm({ form }: { form: RunFormState }) {
  return (
    <form
      aria-label={tl('run.form')}
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        form.onStart();
      }}
    >
      {form.fields.length === 0 && <p className="text-fg-2">{tl('run.noInputs')}</p>}
      <Fields fields={form.fields} typed={form.typed} wrong={form.wrong} onChange={form.onChange} />
      {form.error ? <ProblemBox error={retold(form.error)} /> : null}
      <Button type="submit" kind="primary" className="self-start" busy={form.busy}>
        <Play size={13} />
        {tl('run.start')}
      </Button>
    </form>
  );
}
