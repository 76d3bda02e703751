import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { allFlowsQuery } from '@/features/runs/api';
import { SecretOnce } from '@/features/settings/secret-once';
import { t } from '@/i18n';
import { Dialog, DialogForm } from '@/ui/dialog';
import { Field, Input, Select } from '@/ui/field';
import { addTrigger, changeTrigger, flowInputsQuery, type NewTrigger, type Trigger } from './api';
import { type Draft, draftOf, emptyDraft, inputOf, inputTexts, type Kind, schemaOf, settingsOf } from './draft';
import { FormPageFields, ScheduleFields, WebhookFields } from './settings-fields';
import { tt } from './words';

const KINDS: Kind[] = ['webhook', 'schedule', 'form'];
/** What templates can name, by kind. */
const EXAMPLES = {
  webhook: '{{ body.title }}, {{ query.id }}',
  schedule: '{{ schedule.date }}, {{ schedule.time }}',
  form: '{{ body.name }}',
};
const PARTS = { webhook: WebhookFields, schedule: ScheduleFields, form: FormPageFields };

interface TriggerDialogProps {
  /** Absent for a new one. */
  trigger?: Trigger;
  /** Of a new one, the flow it is most likely for. */
  flow?: string | undefined;
  onClose: () => void;
  onMade?: (id: string) => void;
}

export function TriggerDialog({ trigger, flow: likely, onClose, onMade }: TriggerDialogProps) {
  const [draft, setDraft] = useState<Draft>(() =>
    trigger ? draftOf(trigger.settings) : emptyDraft('webhook', Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'),
  );
  const [flow, setFlow] = useState(trigger?.flow ?? likely ?? '');
  const [name, setName] = useState(trigger?.name ?? '');
  const before = (trigger?.input ?? {}) as Record<string, unknown>;
  const [input, setInput] = useState(() => inputTexts(before));
  const set = (change: Partial<Draft>) => setDraft({ ...draft, ...change });
  const send = useMutation({
    mutationFn: () => {
      const body = { name: name.trim(), input: inputOf(input, before) as NewTrigger['input'], settings: settingsOf(draft) };
      return trigger ? changeTrigger(trigger.id, body) : addTrigger({ ...body, flow, enabled: true });
    },
    onSuccess: (made) => {
      if (!made.secret) close(made.id);
    },
  });
  const close = (id: string) => {
    onClose();
    onMade?.(id);
  };
  const made = send.data;
  if (made?.secret) {
    const done = () => close(made.id);
    return (
      <Dialog open onOpenChange={done} title={tt('trigger.made')}>
        <SecretOnce text={tt('trigger.secret')} secret={made.secret} onDone={done} />
      </Dialog>
    );
  }
  const ready = name.trim() && flow && (draft.kind !== 'schedule' || draft.cron.trim()) && schemaOf(draft.schema) !== null;
  const Part = PARTS[draft.kind];
  return (
    <Dialog open onOpenChange={onClose} title={trigger ? tt('trigger.editOf', { name: trigger.name }) : tt('triggers.add')}>
      <DialogForm action={trigger ? t('action.save') : t('action.create')} sending={send} disabled={!ready} onCancel={onClose}>
        {!trigger && (
          <Field label={tt('form.kind')} hint={tt(`kind.${draft.kind}.hint`)}>
            {(ids) => (
              <Select {...ids} value={draft.kind} onChange={(event) => set({ kind: event.target.value as Kind })}>
                {KINDS.map((kind) => (
                  <option key={kind} value={kind}>
                    {tt(`kind.${kind}`)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
        <Field label={t('field.name')}>
          {(ids) => <Input {...ids} required maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        {!trigger && <FlowField flow={flow} onChange={setFlow} />}
        <Part draft={draft} set={set} />
        {flow && <InputFields flow={flow} kind={draft.kind} texts={input} onChange={setInput} />}
      </DialogForm>
    </Dialog>
  );
}

function FlowField({ flow, onChange }: { flow: string; onChange: (flow: string) => void }) {
  const flows = useQuery(allFlowsQuery);
  const published = flows.data?.filter((one) => typeof one.published === 'number') ?? [];
  const none = flows.data && published.length === 0;
  return (
    <Field label={tt('form.flow')} hint={none ? tt('form.flow.none') : tt('form.flow.hint')}>
      {(ids) => (
        <Select {...ids} required value={flow} onChange={(event) => onChange(event.target.value)}>
          <option value="" />
          {published.map((one) => (
            <option key={one.id} value={one.slug}>
              {one.name}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}

interface InputFieldsProps {
  flow: string;
  kind: Kind;
  texts: Record<string, string>;
  onChange: (texts: Record<string, string>) => void;
}

/** A template for each input of the flow, and for those that the trigger has besides. */
function InputFields({ flow, kind, texts, onChange }: InputFieldsProps) {
  const inputs = useQuery(flowInputsQuery(flow));
  const names = [...new Set([...(inputs.data ?? []).map(({ name }) => name), ...Object.keys(texts)])];
  if (names.length === 0) return null;
  return (
    <fieldset className="flex flex-col gap-3 rounded-lg border border-line p-3 pt-1">
      <legend className="px-1 font-medium">{tt('form.input')}</legend>
      <p className="text-12 text-fg-3">{tt('form.input.hint', { examples: EXAMPLES[kind] })}</p>
      {names.map((name) => (
        <Field key={name} label={name} optional={t('field.optional')}>
          {(ids) => (
            <Input
              {...ids}
              spellCheck={false}
              className="font-mono"
              value={texts[name] ?? ''}
              onChange={(event) => onChange({ ...texts, [name]: event.target.value })}
            />
          )}
        </Field>
      ))}
    </fieldset>
  );
}
