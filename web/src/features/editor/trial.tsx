import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { Run } from '@/features/runs/api';
import { Dialog, DialogForm } from '@/ui/dialog';
import { Field, Textarea } from '@/ui/field';
import type { Values } from './api';
import { runNode } from './later-api';
import { before } from './graph';
import { type FlowDoc, START } from './model';
import type { Known } from './run-tab';
import type { Saver } from './saver';
import { tl } from './late-words';

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

interface TrialProps {
  slug: string;
  doc: FlowDoc;
  node: string;
  known: Known;
  saver: Saver;
  onClose: () => void;
  onRun: (run: Run) => void;
}

/** Runs one node with what stands before it given by hand, or by the last run. */
export function Trial({ slug, doc, node, known, saver, onClose, onRun }: TrialProps) {
  const [input, setInput] = useState(() => JSON.stringify(known.input, null, 2));
  const [outputs, setOutputs] = useState(() => {
    const given = Object.fromEntries(neededBy(doc, node).map((id) => [id, known.outputs[id] ?? {}]));
    return JSON.stringify(given, null, 2);
  });
  const read = { input: object(input), outputs: object(outputs) };
  const send = useMutation({
    mutationFn: async () => {
      await saver.flush();
      return runNode(slug, node, read.input ?? {}, read.outputs ?? {});
    },
    onSuccess: (run) => {
      onClose();
      onRun(run);
    },
  });
  const area = (label: string, text: string, put: (text: string) => void, fine: boolean) => (
    <Field label={label} hint={tl('trial.json')} error={fine ? null : tl('trial.wrong')}>
      {(ids) => <Textarea {...ids} rows={5} spellCheck={false} className="font-mono text-12" value={text} onChange={(event) => put(event.target.value)} />}
    </Field>
  );
  return (
    <Dialog open onOpenChange={onClose} title={tl('trial.title', { name: node })} description={tl('trial.text')}>
      <DialogForm action={tl('trial.start')} sending={send} disabled={!read.input || !read.outputs} onCancel={onClose}>
        {area(tl('trial.input'), input, setInput, read.input !== null)}
        {area(tl('trial.outputs'), outputs, setOutputs, read.outputs !== null)}
      </DialogForm>
    </Dialog>
  );
}
