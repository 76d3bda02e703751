import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { asApiError } from '@/api/errors';
import { Dialog, DialogForm } from '@/ui/dialog';
import { Field, Input, Select } from '@/ui/field';
import { draftOf, emptyDraft, hasField, isReady, type Kind, KINDS, ofKind, requestOf } from './draft';
import { LIMITS, PLACES, WhenFields } from './source-fields';
import { addSource, changeSource, type Source } from './sources-api';
import { t } from './words';

/** Fields that stand in the part that is closed at first. */
const LIMITING = /^settings\.(prefix|depth|pages|include|exclude)$/;

interface SourceDialogProps {
  knowledgeBaseId: string;
  /** Absent for a new one. */
  source?: Source | undefined;
  onClose: () => void;
  onDone: (source: Source) => void;
}

/** Adds a source, or changes one. */
export function SourceDialog({ knowledgeBaseId, source, onClose, onDone }: SourceDialogProps) {
  const [draft, setDraft] = useState(() => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
    return source ? draftOf(source, zone) : emptyDraft('website', zone);
  });
  const send = useMutation({
    mutationFn: () => (source ? changeSource(source, requestOf(draft)) : addSource(knowledgeBaseId, requestOf(draft))),
    onSuccess: onDone,
  });
  const field = send.error ? asApiError(send.error).field : undefined;
  const wrong = (name: string) => (send.error && field === name ? send.error.message : null);
  // What the server refuses stands at its field, and the field has the focus.
  const atField = field !== undefined && hasField(draft.kind, field);
  useEffect(() => {
    if (send.error) document.querySelector<HTMLElement>('dialog [aria-invalid]')?.focus();
  }, [send.error]);
  const parts = { draft, wrong, set: (change: Partial<typeof draft>) => setDraft({ ...draft, ...change }) };
  const Place = PLACES[draft.kind];
  const Limits = LIMITS[draft.kind];
  const limited = LIMITING.test(field ?? '') || (source && [draft.prefix, draft.depth, draft.pages, draft.include, draft.exclude].some(Boolean));
  return (
    <Dialog open onOpenChange={onClose} title={source ? t('source.editOf', { name: source.name }) : t('source.add')}>
      <DialogForm action={source ? t('action.save') : t('source.add.do')} sending={{ ...send, error: atField ? null : send.error }} disabled={!isReady(draft)} onCancel={onClose}>
        {!source && (
          <Field label={t('form.kind')} hint={t(`kind.${draft.kind}.hint`)}>
            {(ids) => (
              <Select {...ids} value={draft.kind} onChange={(event) => setDraft(ofKind(draft, event.target.value as Kind))}>
                {KINDS.map((kind) => (
                  <option key={kind} value={kind}>
                    {t(`kind.${kind}`)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
        <Place {...parts} />
        <WhenFields {...parts} />
        <Field label={t('field.name')} optional={source ? undefined : t('field.optional')} hint={source ? undefined : t('form.name.hint')} error={wrong('name')}>
          {(ids) => <Input {...ids} maxLength={200} value={draft.name} onChange={(event) => parts.set({ name: event.target.value })} />}
        </Field>
        {Limits && (
          <details key={String(limited)} open={limited} className="rounded-md border border-line px-3 py-2">
            <summary className="cursor-pointer rounded-sm font-medium">{t('form.limits')}</summary>
            <div className="mt-3 flex flex-col gap-4">
              <Limits {...parts} />
            </div>
          </details>
        )}
      </DialogForm>
    </Dialog>
  );
}
