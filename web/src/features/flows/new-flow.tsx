import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { toWire } from '@/features/editor/model';
import { knowledgeBasesQuery } from '@/features/knowledge/api';
import { t } from '@/i18n';
import { Dialog, DialogForm } from '@/ui/dialog';
import { Field, Input } from '@/ui/field';
import { createFlow, type Flow, type FlowDocument } from './api';
import { readFlow } from './file';
import { type TemplateName, templatesFor } from './templates';
import { tf } from './words';

type Kind = FlowDocument['kind'];

interface Props {
  onClose: () => void;
  onMade: (flow: Flow) => void;
}

/** Asks for a name and what to begin with: an empty flow of a kind, or an example. */
export function NewFlow({ onClose, onMade }: Props) {
  const [name, setName] = useState('');
  const [kind, setKind] = useState<Kind>('chat');
  const [begin, setBegin] = useState<TemplateName | 'empty'>('empty');
  const bases = useQuery(knowledgeBasesQuery);
  const base = bases.data?.[0] ?? null;
  const templates = templatesFor(base?.slug ?? null);
  const create = useMutation({
    mutationFn: () => {
      const example = templates.find(([one]) => one === begin)?.[1];
      if (example) return createFlow(toWire({ headwater: 1, name: name.trim(), ...example }));
      const inputs = kind === 'chat' ? [{ name: 'question', type: 'string' as const, required: true }] : [];
      return createFlow({ headwater: 1, name: name.trim(), kind, inputs, nodes: [], edges: [] });
    },
    onSuccess: onMade,
  });
  return (
    <Dialog open onOpenChange={onClose} title={tf('new.title')} description={tf('new.text')}>
      <DialogForm action={t('action.create')} sending={create} disabled={!name.trim()} onCancel={onClose}>
        <Field label={t('field.name')}>
          {(ids) => <Input {...ids} required autoFocus maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-1 font-medium">{tf('new.begin')}</legend>
          {(['empty', ...templates.map(([one]) => one)] as const).map((one) => (
            <label key={one} className="flex items-start gap-2">
              <input type="radio" name="begin" className="mt-[3px] size-3.5 accent-(--accent)" checked={begin === one} onChange={() => setBegin(one)} />
              <span>
                {tf(`new.begin.${one}`)} <span className="text-fg-2">{one === 'documents' ? tf('new.begin.documents.hint', { base: base?.name ?? '' }) : tf(`new.begin.${one}.hint`)}</span>
              </span>
            </label>
          ))}
        </fieldset>
        {begin === 'empty' && (
          <fieldset className="flex flex-col gap-2">
            <legend className="mb-1 font-medium">{tf('flows.col.kind')}</legend>
            {(['chat', 'task'] as const).map((one) => (
              <label key={one} className="flex items-start gap-2">
                <input
                  type="radio"
                  name="kind"
                  className="mt-[3px] size-3.5 accent-(--accent)"
                  checked={kind === one}
                  onChange={() => setKind(one)}
                />
                <span>
                  {tf(`kind.${one}`)} <span className="text-fg-3">{tf(`kind.${one}.hint`)}</span>
                </span>
              </label>
            ))}
          </fieldset>
        )}
      </DialogForm>
    </Dialog>
  );
}

/** Reads a flow file and makes a flow of it. */
export function ImportFlow({ onClose, onMade }: Props) {
  const [file, setFile] = useState<File | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const [document, setDocument] = useState<FlowDocument | null>(null);
  const create = useMutation({
    mutationFn: () => {
      if (!document) throw new Error(tf('import.noFlow'));
      return createFlow(document);
    },
    onSuccess: onMade,
  });
  const read = async (chosen: File | undefined) => {
    setFile(chosen ?? null);
    setDocument(null);
    setWrong(null);
    if (!chosen) return;
    try {
      const flow = await readFlow(await chosen.text());
      if (flow) setDocument(flow);
      else setWrong(tf('import.unread', { reason: tf('import.noFlow') }));
    } catch (error) {
      setWrong(tf('import.unread', { reason: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) }));
    }
  };
  return (
    <Dialog open onOpenChange={onClose} title={tf('import.title')} description={tf('import.text')}>
      <DialogForm action={tf('flows.import')} sending={create} disabled={!document} onCancel={onClose}>
        <Field label={tf('import.file')} error={wrong} hint={document && file ? document.name : undefined}>
          {(ids) => (
            <input
              {...ids}
              type="file"
              accept=".yaml,.yml,.json"
              className="text-13 file:me-3 file:h-8 file:rounded-md file:border file:border-line-strong file:bg-surface file:px-3 file:text-13 file:text-fg"
              onChange={(event) => void read(event.target.files?.[0])}
            />
          )}
        </Field>
      </DialogForm>
    </Dialog>
  );
}
