import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { ApiError } from '@/api/errors';
import { Button } from '@/ui/button';
import { Field, Input, Select, Textarea } from '@/ui/field';
import { ProblemBox } from '@/ui/problem';
import type { ShareSettings } from './api';
import { Preview } from './preview';
import { linesOf } from './snippet';
import { th } from './words';

/** What a new share says before anybody changed it. */
export const started = (name: string): ShareSettings => ({
  name,
  colour: null,
  greeting: '',
  starters: [],
  audience: 'anyone',
  citations: 'passages',
  origins: [],
  visitor_per_minute: 10,
  runs_per_day: 1000,
  expires_at: null,
});

/** A time as the browser's own field has it: the reader's clock, without seconds. */
function localOf(iso: string | null | undefined): string {
  if (!iso) return '';
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

interface SettingsFormProps {
  settings: ShareSettings;
  kind: 'chat' | 'task';
  action: string;
  onSave: (settings: ShareSettings) => Promise<void>;
  onCancel: () => void;
}

/** How a share looks, who may use it and how much, with the look beside it. */
export function SettingsForm({ settings, kind, action, onSave, onCancel }: SettingsFormProps) {
  const [draft, setDraft] = useState(settings);
  const [starters, setStarters] = useState((settings.starters ?? []).join('\n'));
  const [origins, setOrigins] = useState((settings.origins ?? []).join('\n'));
  const set = (change: Partial<ShareSettings>) => setDraft((before) => ({ ...before, ...change }));
  const whole = { ...draft, starters: linesOf(starters), origins: linesOf(origins) };
  const save = useMutation({ mutationFn: () => onSave(whole) });
  const refused = save.error instanceof ApiError ? save.error : null;
  const wrong = (field: string) => (refused?.field === `settings.${field}` ? refused.message : null);
  const elsewhere = refused && !refused.field?.startsWith('settings.');
  return (
    <div className="grid gap-8 lg:grid-cols-[minmax(0,1fr)_360px]">
      <form
        aria-label={th('share.edit')}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Field label={th('share.name')} hint={th('share.name.help')} error={wrong('name')}>
          {(ids) => <Input {...ids} value={draft.name} maxLength={100} required onChange={(event) => set({ name: event.target.value })} />}
        </Field>
        <ColourField value={draft.colour ?? null} error={wrong('colour')} onChange={(colour) => set({ colour })} />
        <Field label={th('share.greeting')} error={wrong('greeting')}>
          {(ids) => <Textarea {...ids} rows={3} value={draft.greeting ?? ''} onChange={(event) => set({ greeting: event.target.value })} />}
        </Field>
        {kind === 'chat' && (
          <Field label={th('share.starters')} hint={th('share.starters.help')} error={wrong('starters')}>
            {(ids) => <Textarea {...ids} rows={4} value={starters} onChange={(event) => setStarters(event.target.value)} />}
          </Field>
        )}
        <Row>
          <Field label={th('share.audience')} className="flex-1 basis-52">
            {(ids) => (
              <Select {...ids} value={draft.audience ?? 'anyone'} onChange={(event) => set({ audience: event.target.value as 'anyone' | 'members' })}>
                {(['anyone', 'members'] as const).map((one) => (
                  <option key={one} value={one}>
                    {th(`share.audience.${one}`)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <Field label={th('share.citations')} className="flex-1 basis-52">
            {(ids) => (
              <Select {...ids} value={draft.citations ?? 'none'} onChange={(event) => set({ citations: event.target.value as 'none' | 'passages' | 'links' })}>
                {(['none', 'passages', 'links'] as const).map((one) => (
                  <option key={one} value={one}>
                    {th(`share.citations.${one}`)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </Row>
        <Field label={th('share.origins')} hint={th('share.origins.help')} error={wrong('origins')}>
          {(ids) => <Textarea {...ids} rows={3} dir="ltr" spellCheck={false} className="font-mono text-12" value={origins} onChange={(event) => setOrigins(event.target.value)} />}
        </Field>
        <Row>
          <Field label={th('share.perMinute')} error={wrong('visitor_per_minute')} className="flex-1 basis-52">
            {(ids) => <Input {...ids} type="number" min={1} max={600} required value={draft.visitor_per_minute} onChange={(event) => set({ visitor_per_minute: event.target.valueAsNumber || 0 })} />}
          </Field>
          <Field label={th('share.perDay')} error={wrong('runs_per_day')} className="flex-1 basis-52">
            {(ids) => <Input {...ids} type="number" min={1} max={1_000_000} required value={draft.runs_per_day} onChange={(event) => set({ runs_per_day: event.target.valueAsNumber || 0 })} />}
          </Field>
        </Row>
        <Field label={th('share.expires')} hint={th('share.expires.help')} error={wrong('expires_at')}>
          {(ids) => (
            <Input
              {...ids}
              type="datetime-local"
              className="max-w-60"
              value={localOf(draft.expires_at)}
              onChange={(event) => set({ expires_at: event.target.value ? new Date(event.target.value).toISOString() : null })}
            />
          )}
        </Field>
        {save.error && (!refused || elsewhere) && <ProblemBox error={save.error} />}
        <div className="flex gap-2">
          <Button type="submit" kind="primary" busy={save.isPending}>
            {action}
          </Button>
          <Button onClick={onCancel}>{th('action.cancel')}</Button>
        </div>
      </form>
      <Preview settings={whole} kind={kind} />
    </div>
  );
}

function Row({ children }: { children: ReactNode }) {
  return <div className="flex flex-wrap gap-4">{children}</div>;
}

interface ColourFieldProps {
  value: string | null;
  error: string | null;
  onChange: (colour: string | null) => void;
}

/** Headwater's own colour, or one that is chosen. */
function ColourField({ value, error, onChange }: ColourFieldProps) {
  return (
    <div className="flex flex-wrap items-end gap-x-4 gap-y-2">
      <label className="flex h-8 items-center gap-2">
        <input type="checkbox" className="size-3.5 accent-(--accent)" checked={value !== null} onChange={(event) => onChange(event.target.checked ? '#1f6feb' : null)} />
        {th('share.colour.own')}
      </label>
      {value !== null && (
        <Field label={th('share.colour')} hint={th('share.colour.help')} error={error}>
          {(ids) => <input {...ids} type="color" value={value} onChange={(event) => onChange(event.target.value)} className="h-8 w-16 rounded-md border border-line-strong bg-surface p-0.5" />}
        </Field>
      )}
    </div>
  );
}
