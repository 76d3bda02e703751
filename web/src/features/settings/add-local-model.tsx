import { useState } from 'react';
import { asApiError } from '@/api/errors';
import { t } from '@/i18n';
import { cx } from '@/ui/cx';
import { Dialog, DialogForm } from '@/ui/dialog';
import { Field, Input } from '@/ui/field';
import { mayBeCalled, shortName } from './hub-name';
import type { Chosen } from './local-models-api';
import { tm } from './models-words';
import { useTried } from './use-tried';

/** Models that are known to be good here, and what for. */
const KNOWN = [
  { name: 'sentence-transformers/all-MiniLM-L6-v2', about: 'local.known.minilm' },
  { name: 'BAAI/bge-small-en-v1.5', about: 'local.known.bge' },
  { name: 'intfloat/multilingual-e5-small', about: 'local.known.e5' },
] as const;

interface AddLocalModelProps {
  /** What the form has at first, and why that was refused. */
  begun: Chosen & { error?: Error | null };
  /** The names of those that are there. */
  taken: string[];
  onAdd: (chosen: Chosen) => void;
  onClose: () => void;
}

/** Which model is to be fetched from the hub, and what it is called here. */
export function AddLocalModel({ begun, taken, onAdd, onClose }: AddLocalModelProps) {
  const [name, setName] = useState(begun.name);
  const [called, setCalled] = useState(begun.called === shortName(begun.name) ? '' : begun.called);
  const { tried, attempt } = useTried();
  const short = shortName(name);
  const refused = begun.error ? asApiError(begun.error) : null;
  const refusedName = refused?.field === 'name' && name === begun.name ? refused.message : null;
  const final = called.trim() || short || '';
  const wrong = {
    name: short === null ? tm('local.name.wrong') : null,
    called: final && !mayBeCalled(final) ? tm('local.called.wrong') : taken.includes(final) ? tm('local.called.taken', { name: final }) : null,
  };
  const send = () => attempt(!wrong.name && !wrong.called && (() => onAdd({ name: name.trim(), called: final })));
  return (
    <Dialog open onOpenChange={onClose} title={tm('local.add')} description={tm('local.add.text')}>
      <DialogForm action={tm('local.add.submit')} sending={{ isPending: false, error: null, mutate: send }} onCancel={onClose}>
        <Field label={tm('local.name')} hint={tm('local.name.hint')} error={(tried ? wrong.name : null) ?? refusedName}>
          {(ids) => (
            <Input
              {...ids}
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
              className="font-mono"
              placeholder="OWNER/MODEL"
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <div role="group" aria-label={tm('local.known')} className="flex flex-col gap-2">
          {KNOWN.map((known) => (
            <button
              key={known.name}
              type="button"
              aria-pressed={name.trim() === known.name}
              onClick={() => setName(known.name)}
              className={cx(
                'rounded-lg border px-2.5 py-1.5 text-start transition-colors',
                name.trim() === known.name ? 'border-accent bg-accent-soft' : 'border-line-strong bg-surface hover:bg-surface-2',
              )}
            >
              <span className="block font-mono text-12 break-all">{known.name}</span>
              <span className="block text-12 text-fg-2">{tm(known.about)}</span>
            </button>
          ))}
        </div>
        <Field label={tm('local.called')} optional={t('field.optional')} hint={final && tm('local.called.hint', { name: final })} error={tried ? wrong.called : null}>
          {(ids) => (
            <Input
              {...ids}
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
              className="font-mono"
              placeholder={short ?? ''}
              value={called}
              onChange={(event) => setCalled(event.target.value)}
            />
          )}
        </Field>
        <p className="text-12 text-fg-3">{tm('local.path')}</p>
      </DialogForm>
    </Dialog>
  );
}
