import { useQuery } from '@tanstack/react-query';
import { knowledgeBasesQuery } from '@/features/knowledge/api';
import { allFlowsQuery } from '@/features/runs/api';
import { t } from '@/i18n';
import { Field, Input, Select, Textarea } from '@/ui/field';
import type { ToolKind } from './api';
import { parsed, parsedObject, type ToolDraft } from './draft';
import { HeaderFields } from './header-fields';
import { to } from './words';

interface PartProps {
  draft: ToolDraft;
  set: (change: Partial<ToolDraft>) => void;
}

/** What each kind of tool needs to know. */
export function SettingsFields({ kind, draft, set }: PartProps & { kind: ToolKind }) {
  const hasHeaders = kind === 'http' || kind === 'openapi' || kind === 'mcp';
  return (
    <>
      {kind === 'http' && <HttpFields draft={draft} set={set} />}
      {kind === 'openapi' && <OpenapiFields draft={draft} set={set} />}
      {kind === 'mcp' && <Text label={to('tool.url')} value={draft.url} onChange={(url) => set({ url })} required />}
      {kind === 'mcp_stdio' && (
        <Text label={to('tool.program')} hint={to('tool.program.hint')} value={draft.server} onChange={(server) => set({ server })} required />
      )}
      {kind === 'knowledge' && <KnowledgeFields draft={draft} set={set} />}
      {kind === 'flow' && <FlowField draft={draft} set={set} />}
      {hasHeaders && <HeaderFields headers={draft.headers} onChange={(headers) => set({ headers })} />}
      {kind !== 'knowledge' && (
        <Text label={to('tool.timeout')} type="number" value={draft.timeout} onChange={(timeout) => set({ timeout })} />
      )}
    </>
  );
}

interface TextProps {
  label: string;
  hint?: string;
  value: string;
  onChange: (value: string) => void;
  required?: boolean;
  type?: 'text' | 'number';
}

function Text({ label, hint, value, onChange, required, type = 'text' }: TextProps) {
  return (
    <Field label={label} hint={hint} {...(required ? {} : { optional: t('field.optional') })}>
      {(ids) => (
        <Input
          {...ids}
          type={type}
          min={type === 'number' ? 1 : undefined}
          required={required}
          spellCheck={false}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

interface AreaProps extends Omit<TextProps, 'type'> {
  rows: number;
  error?: string | null;
}

function Area({ label, hint, value, onChange, required, rows, error }: AreaProps) {
  return (
    <Field label={label} hint={hint} error={error} {...(required ? {} : { optional: t('field.optional') })}>
      {(ids) => (
        <Textarea
          {...ids}
          rows={rows}
          spellCheck={false}
          className="font-mono"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'];

function HttpFields({ draft, set }: PartProps) {
  const hasBody = draft.method === 'POST' || draft.method === 'PUT' || draft.method === 'PATCH';
  return (
    <>
      <Text label={to('tool.url')} hint={to('tool.url.http.hint', { name: '{name}' })} value={draft.url} onChange={(url) => set({ url })} required />
      <Field label={to('tool.method')}>
        {(ids) => (
          <Select {...ids} value={draft.method} onChange={(event) => set({ method: event.target.value })}>
            {METHODS.map((method) => (
              <option key={method}>{method}</option>
            ))}
          </Select>
        )}
      </Field>
      <Area
        label={to('tool.arguments')}
        rows={5}
        required
        value={draft.arguments}
        onChange={(text) => set({ arguments: text })}
        error={parsedObject(draft.arguments) === 'wrong' ? to('tool.wrong.object') : null}
      />
      <Area
        label={to('tool.query')}
        hint={to('tool.query.hint')}
        rows={2}
        value={draft.query}
        onChange={(query) => set({ query })}
        error={parsedObject(draft.query) === 'wrong' ? to('tool.wrong.object') : null}
      />
      {hasBody && (
        <>
          <Area
            label={to('tool.body')}
            hint={to('tool.body.hint', { name: '{name}' })}
            rows={3}
            value={draft.body}
            onChange={(body) => set({ body })}
            error={parsed(draft.body) === 'wrong' ? to('tool.wrong.json') : null}
          />
          <Field label={to('tool.bodyAs')}>
            {(ids) => (
              <Select {...ids} value={draft.bodyAs} onChange={(event) => set({ bodyAs: event.target.value as 'json' | 'form' })}>
                <option value="json">{to('tool.bodyAs.json')}</option>
                <option value="form">{to('tool.bodyAs.form')}</option>
              </Select>
            )}
          </Field>
        </>
      )}
    </>
  );
}

function OpenapiFields({ draft, set }: PartProps) {
  return (
    <>
      <Text label={to('tool.document.url')} value={draft.url} onChange={(url) => set({ url })} />
      <Area
        label={to('tool.document')}
        hint={to('tool.document.hint')}
        rows={5}
        value={draft.document}
        onChange={(document) => set({ document })}
      />
      <Text label={to('tool.server')} hint={to('tool.server.hint')} value={draft.server} onChange={(server) => set({ server })} />
      <Area label={to('tool.only')} hint={to('tool.only.hint')} rows={2} value={draft.only} onChange={(only) => set({ only })} />
    </>
  );
}

function KnowledgeFields({ draft, set }: PartProps) {
  const bases = useQuery(knowledgeBasesQuery);
  const toggle = (slug: string, on: boolean) => set({ bases: on ? [...draft.bases, slug] : draft.bases.filter((one) => one !== slug) });
  // A base may be named by its id, too.
  const isChosen = (base: { id: string; slug: string }) => draft.bases.includes(base.slug) || draft.bases.includes(base.id);
  return (
    <>
      <fieldset>
        <legend className="font-medium">{to('tool.bases')}</legend>
        {bases.data?.length === 0 && <p className="text-fg-3">{to('tool.bases.none')}</p>}
        {bases.data?.map((base) => (
          <label key={base.id} className="mt-1.5 flex items-center gap-2">
            <input
              type="checkbox"
              className="size-3.5 accent-(--accent)"
              checked={isChosen(base)}
              onChange={(event) => toggle(draft.bases.includes(base.id) ? base.id : base.slug, event.target.checked)}
            />
            <span className="break-words">{base.name}</span>
          </label>
        ))}
      </fieldset>
      <Text label={to('tool.limit')} type="number" value={draft.limit} onChange={(limit) => set({ limit })} />
    </>
  );
}

function FlowField({ draft, set }: PartProps) {
  const flows = useQuery(allFlowsQuery);
  const published = flows.data?.filter((flow) => typeof flow.published === 'number') ?? [];
  const known = published.some((flow) => flow.slug === draft.flow);
  return (
    <Field label={to('tool.flow')}>
      {(ids) => (
        <Select {...ids} required value={draft.flow} onChange={(event) => set({ flow: event.target.value })}>
          <option value="" />
          {draft.flow && !known && <option value={draft.flow}>{draft.flow}</option>}
          {published.map((flow) => (
            <option key={flow.id} value={flow.slug}>
              {flow.name}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}
