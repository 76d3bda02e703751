import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { usePermission } from '@/features/session/api';
import { t } from '@/i18n';
import { asApiError } from '@/api/errors';
import { Dialog, DialogForm } from '@/ui/dialog';
import { Field, Input, Select, Textarea } from '@/ui/field';
import { keepPrompt, type Prompt } from './api';
import { variablesOf } from './variables';
import { tp } from './words';

/** What a variable looks like. */
export const GAP = '{{customer}}';

interface PromptProps {
  /** The one to change; a new one when absent. */
  prompt?: Prompt | undefined;
  /** What a new one says at first. */
  text?: string;
  onClose: () => void;
  onKept?: () => void;
}

/** A prompt as it is written: its name, its text, and who sees it. */
export function PromptDialog({ prompt, text: begun = '', onClose, onKept }: PromptProps) {
  const mayShare = usePermission('prompts.common');
  const [name, setName] = useState(prompt?.name ?? '');
  const [text, setText] = useState(prompt?.text ?? begun);
  const [common, setCommon] = useState(prompt?.common ?? false);
  const save = useMutation({
    mutationFn: () => keepPrompt(prompt?.id ?? null, { name: name.trim(), text, common }),
    onSuccess: () => {
      onKept?.();
      onClose();
    },
  });
  const wrong = save.error ? asApiError(save.error) : null;
  const of = (field: string) => (wrong?.field === field ? wrong.message : null);
  const variables = variablesOf(text);
  const sending = of('name') || of('text') ? { ...save, error: null } : save;
  return (
    <Dialog open onOpenChange={onClose} title={prompt ? tp('prompts.edit', { name: prompt.name }) : tp('prompts.new')}>
      <DialogForm action={t('action.save')} sending={sending} disabled={!name.trim() || !text.trim()} onCancel={onClose}>
        <Field label={tp('prompt.name')} error={of('name')}>
          {(ids) => <Input {...ids} required autoFocus autoComplete="off" maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field
          label={tp('prompt.text')}
          error={of('text')}
          hint={variables.length > 0 ? tp('prompt.variables', { names: variables.join(', ') }) : tp('prompt.text.hint', { gap: GAP })}
        >
          {(ids) => (
            <Textarea
              {...ids}
              required
              rows={5}
              dir="auto"
              maxLength={10_000}
              className="field-sizing-content max-h-72 min-h-28"
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
        {mayShare && (
          <Field label={tp('prompt.for')}>
            {(ids) => (
              <Select {...ids} value={common ? 'all' : 'me'} onChange={(event) => setCommon(event.target.value === 'all')}>
                <option value="me">{tp('prompt.for.me')}</option>
                <option value="all">{tp('prompt.for.all')}</option>
              </Select>
            )}
          </Field>
        )}
      </DialogForm>
    </Dialog>
  );
}
