import { t } from '@/i18n';
import { Field, Input, Select, Textarea } from '@/ui/field';
import { type Draft, schemaOf } from './draft';
import { tt } from './words';

interface PartProps {
  draft: Draft;
  set: (change: Partial<Draft>) => void;
}

interface ChoiceProps<V extends string> {
  label: string;
  value: V;
  options: readonly V[];
  say: (value: V) => string;
  onChange: (value: V) => void;
}

function Choice<V extends string>({ label, value, options, say, onChange }: ChoiceProps<V>) {
  return (
    <Field label={label}>
      {(ids) => (
        <Select {...ids} value={value} onChange={(event) => onChange(event.target.value as V)}>
          {options.map((option) => (
            <option key={option} value={option}>
              {say(option)}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}

export function WebhookFields({ draft, set }: PartProps) {
  return (
    <>
      <Choice
        label={tt('form.verify')}
        value={draft.verify}
        options={['hmac', 'github', 'bearer'] as const}
        say={(value) => tt(`verify.${value}`)}
        onChange={(verify) => set({ verify })}
      />
      <Choice
        label={tt('form.answer')}
        value={draft.answer}
        options={['async', 'wait'] as const}
        say={(value) => tt(`answer.${value}`)}
        onChange={(answer) => set({ answer })}
      />
      {draft.answer === 'wait' && (
        <Field label={tt('form.wait')} hint={tt('form.wait.hint')} optional={t('field.optional')}>
          {(ids) => <Input {...ids} placeholder="30s" value={draft.wait} onChange={(event) => set({ wait: event.target.value })} />}
        </Field>
      )}
      <Field
        label={tt('form.schema')}
        hint={tt('form.schema.hint')}
        optional={t('field.optional')}
        error={schemaOf(draft.schema) === null ? tt('form.schema.wrong') : null}
      >
        {(ids) => (
          <Textarea
            {...ids}
            rows={3}
            spellCheck={false}
            className="font-mono"
            value={draft.schema}
            onChange={(event) => set({ schema: event.target.value })}
          />
        )}
      </Field>
      <Field label={tt('form.maxBytes')} optional={t('field.optional')}>
        {(ids) => (
          <Input
            {...ids}
            type="number"
            min={1}
            placeholder="1048576"
            value={draft.maxBytes}
            onChange={(event) => set({ maxBytes: event.target.value })}
          />
        )}
      </Field>
    </>
  );
}

export function ScheduleFields({ draft, set }: PartProps) {
  return (
    <>
      <Field label={tt('form.cron')} hint={tt('form.cron.hint')}>
        {(ids) => (
          <Input
            {...ids}
            required
            spellCheck={false}
            className="font-mono"
            placeholder="0 7 * * 1-5"
            value={draft.cron}
            onChange={(event) => set({ cron: event.target.value })}
          />
        )}
      </Field>
      <Field label={tt('form.timeZone')}>
        {(ids) => (
          <>
            <Input {...ids} list={`${ids.id}-zones`} value={draft.timeZone} onChange={(event) => set({ timeZone: event.target.value })} />
            <datalist id={`${ids.id}-zones`}>
              {['UTC', ...Intl.supportedValuesOf('timeZone')].map((zone) => (
                <option key={zone} value={zone} />
              ))}
            </datalist>
          </>
        )}
      </Field>
      <Choice
        label={tt('form.missed')}
        value={draft.missed}
        options={['skip', 'once', 'all'] as const}
        say={(value) => tt(`missed.${value}`)}
        onChange={(missed) => set({ missed })}
      />
      <Choice
        label={tt('form.overlap')}
        value={draft.overlap}
        options={['allow', 'skip'] as const}
        say={(value) => tt(`overlap.${value}`)}
        onChange={(overlap) => set({ overlap })}
      />
    </>
  );
}

export function FormPageFields({ draft, set }: PartProps) {
  return (
    <>
      <Field label={tt('form.title')} hint={tt('form.title.hint')} optional={t('field.optional')}>
        {(ids) => <Input {...ids} value={draft.title} onChange={(event) => set({ title: event.target.value })} />}
      </Field>
      <Field label={tt('form.description')} optional={t('field.optional')}>
        {(ids) => <Textarea {...ids} rows={2} value={draft.description} onChange={(event) => set({ description: event.target.value })} />}
      </Field>
      <Field label={tt('form.fields')} hint={tt('form.fields.hint')} optional={t('field.optional')}>
        {(ids) => (
          <Textarea {...ids} rows={2} spellCheck={false} value={draft.fields} onChange={(event) => set({ fields: event.target.value })} />
        )}
      </Field>
      <Field label={tt('form.submit')} optional={t('field.optional')}>
        {(ids) => <Input {...ids} value={draft.submit} onChange={(event) => set({ submit: event.target.value })} />}
      </Field>
      <Choice
        label={tt('form.show')}
        value={draft.show}
        options={['thanks', 'result'] as const}
        say={(value) => tt(`show.${value}`)}
        onChange={(show) => set({ show })}
      />
      {draft.show === 'thanks' && (
        <Field label={tt('form.thanks')} optional={t('field.optional')}>
          {(ids) => <Input {...ids} value={draft.thanks} onChange={(event) => set({ thanks: event.target.value })} />}
        </Field>
      )}
      <Choice
        label={tt('form.access')}
        value={draft.access}
        options={['public', 'members'] as const}
        say={(value) => tt(`access.${value}`)}
        onChange={(access) => set({ access })}
      />
    </>
  );
}
