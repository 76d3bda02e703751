import { useMutation, useQuery } from '@tanstack/react-query';
import { ArrowLeft, Play } from 'lucide-react';
import { useMemo, useState } from 'react';
import { begin, collect, type Typed, type Wrong } from '@/features/forms/fields';
import { Fields } from '@/features/forms/fields-view';
import type { Run } from '@/features/runs/api';
import { retold } from '@/features/said/said';
import { Button } from '@/ui/button';
import { Field, Textarea } from '@/ui/field';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import type { Values } from './api';
import { before, findNode } from './graph';
import { lastKnownQuery, runNode } from './later-api';
import { tl } from './late-words';
import { type FlowDoc, START } from './model';
import { outputsOf } from './outputs';
import { askedOf, type Known } from './run-form';
import type { Saver } from './saver';

/** Ids of nodes before `id` that its settings name: what it cannot be run without. */
export function neededBy(doc: FlowDoc, id: string): string[] {
  const node = doc.nodes.find((one) => one.id === id);
  const text = JSON.stringify(node?.settings ?? {});
  return [...before(doc, id)].filter((other) => other !== START && new RegExp(`(?<![\\w.-])${other}(?![\\w-])`).test(text));
}

function object(text: string): Values | null {
  try {
    const value: unknown = JSON.parse(text.trim() || '{}');
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Values) : null;
  } catch {
    return null;
  }
}

/** What the node does not read need not be given. */
const optional = (inputs: FlowDoc['inputs']) => inputs?.map(({ name, type, default: standard, options }) => ({ name, type, default: standard, options })) as FlowDoc['inputs'];

/** What a node that never ran would give, to be filled in. */
function blank(doc: FlowDoc, id: string): Values {
  const node = findNode(doc, id);
  return Object.fromEntries((node ? outputsOf(node, () => null) : []).slice(0, 1).map(({ name, type }) => [name, type === 'list' ? [] : type === 'object' ? {} : '']));
}

interface TrialProps {
  slug: string;
  doc: FlowDoc;
  node: string;
  /** What the run that is drawn had and gave. */
  drawn: Known | null;
  saver: Saver;
  onClose: () => void;
  onRun: (run: Run) => void;
}

/** Runs one node, with what stands before it given by the last run or by hand. */
export function Trial(props: TrialProps) {
  const { slug, doc, node, drawn } = props;
  const last = useQuery(lastKnownQuery(slug));
  if (last.isPending) return <SkeletonRows rows={3} />;
  const known: Known = { input: { ...last.data?.input, ...drawn?.input }, outputs: { ...last.data?.outputs, ...drawn?.outputs } };
  return <TrialForm key={`${node} ${neededBy(doc, node).join(' ')}`} {...props} known={known} />;
}

function TrialForm({ slug, doc, node, known: given, saver, onClose, onRun }: TrialProps & { known: Known }) {
  // What is known when the form opens is what is filled in; later runs take nothing out of somebody's hands.
  const [known] = useState(given);
  const needed = neededBy(doc, node);
  const fields = useMemo(() => askedOf(optional(doc.inputs), known.input), [doc.inputs, known]);
  const [typed, setTyped] = useState<Typed>(() => begin(fields));
  const [wrong, setWrong] = useState<Record<string, Wrong>>({});
  const [texts, setTexts] = useState<Record<string, string>>(() => Object.fromEntries(needed.map((id) => [id, JSON.stringify(known.outputs[id] ?? blank(doc, id), null, 2)])));
  const outputs = Object.fromEntries(needed.map((id) => [id, object(texts[id] ?? '')]));
  const send = useMutation({
    mutationFn: async (input: Values) => {
      await saver.flush();
      return runNode(slug, node, input, outputs as Values);
    },
    onSuccess: onRun,
  });
  const start = () => {
    const read = collect(fields, typed);
    setWrong(read.wrong);
    if (Object.keys(read.wrong).length === 0 && needed.every((id) => outputs[id])) send.mutate(read.values);
  };
  return (
    <form
      aria-label={tl('trial.title', { name: node })}
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        start();
      }}
    >
      <div className="flex flex-wrap items-center gap-2">
        <h2 className="min-w-0 flex-1 font-semibold break-words">{tl('trial.title', { name: node })}</h2>
        <Button size="sm" kind="ghost" onClick={onClose}>
          <ArrowLeft size={13} className="rtl:-scale-x-100" />
          {tl('trial.back')}
        </Button>
      </div>
      <p className="text-12 text-fg-2">{tl('trial.text')}</p>
      {fields.length > 0 && (
        <fieldset className="flex flex-col gap-3">
          <legend className="mb-1.5 text-12 font-medium text-fg-2">{tl('trial.input')}</legend>
          <Fields fields={fields} typed={typed} wrong={wrong} onChange={setTyped} />
        </fieldset>
      )}
      {needed.length > 0 && (
        <fieldset className="flex flex-col gap-3">
          <legend className="mb-1.5 text-12 font-medium text-fg-2">{tl('trial.outputs')}</legend>
          {needed.map((id) => (
            <Field key={id} label={id} hint={known.outputs[id] === undefined ? tl('trial.unknown') : tl('trial.known')} error={outputs[id] ? null : tl('trial.wrong')}>
              {(ids) => (
                <Textarea {...ids} rows={4} spellCheck={false} className="font-mono text-12" value={texts[id] ?? ''} onChange={(event) => setTexts({ ...texts, [id]: event.target.value })} />
              )}
            </Field>
          ))}
        </fieldset>
      )}
      {send.error ? <ProblemBox error={retold(send.error)} /> : null}
      <Button type="submit" kind="primary" className="self-start" busy={send.isPending} autoFocus>
        <Play size={13} />
        {tl('trial.start')}
      </Button>
    </form>
  );
}
