import { useQuery } from '@tanstack/react-query';
import { usePermission } from '@/features/session/api';
import { secretsQuery } from '@/features/settings/values-api';
import { Field, Input, Select, Textarea } from '@/ui/field';
import type { Draft, Kind } from './draft';
import { t } from './words';

interface PartProps {
  draft: Draft;
  set: (change: Partial<Draft>) => void;
  /** What the server says of a field, such as `settings.url`. */
  wrong: (field: string) => string | null;
}

/** Names of texts in a draft. */
type TextName = { [N in keyof Draft]: string extends Draft[N] ? N : never }[keyof Draft];

interface TextProps extends PartProps {
  name: TextName;
  /** How the API calls it. */
  field: string;
  label: string;
  hint?: string;
  placeholder?: string;
  required?: boolean;
  /** How many lines, where one item stands on each. */
  rows?: number;
  range?: [number, number];
}

/** One field of a source that is typed. */
function Text({ draft, set, wrong, name, field, label, hint, placeholder, required, rows, range }: TextProps) {
  return (
    <Field label={label} hint={hint} error={wrong(field)} optional={required ? undefined : t('field.optional')}>
      {(ids) => {
        const typed = { ...ids, spellCheck: false, placeholder, required, value: draft[name] };
        if (rows) return <Textarea {...typed} rows={rows} onChange={(event) => set({ [name]: event.target.value })} />;
        const numeric = range && { type: 'number', min: range[0], max: range[1] };
        return <Input {...typed} {...numeric} autoComplete="off" onChange={(event) => set({ [name]: event.target.value })} />;
      }}
    </Field>
  );
}

function Patterns(props: PartProps) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Text {...props} name="include" field="settings.include" rows={2} label={t('form.include')} hint={t('form.patterns')} placeholder="*.md" />
      <Text {...props} name="exclude" field="settings.exclude" rows={2} label={t('form.exclude')} hint={t('form.patterns')} placeholder="drafts/*" />
    </div>
  );
}

function Website(props: PartProps) {
  return (
    <>
      <Text {...props} name="start" field="settings.start" rows={2} label={t('form.start')} hint={t('form.start.hint')} placeholder="https://example.com/docs/" />
      <Text {...props} name="sitemap" field="settings.sitemap" label={t('form.sitemap')} hint={t('form.sitemap.hint')} placeholder="https://example.com/sitemap.xml" />
    </>
  );
}

function WebsiteLimits(props: PartProps) {
  const { depth, sitemap } = props.draft;
  return (
    <>
      <Text {...props} name="prefix" field="settings.prefix" label={t('form.prefix')} hint={t('form.prefix.hint')} placeholder="https://example.com/" />
      <div className="grid gap-4 sm:grid-cols-2">
        <Text {...props} name="depth" field="settings.depth" range={[0, 20]} label={t('form.depth')} hint={depth === '0' ? t('form.depth.none') : t('form.depth.hint')} placeholder={sitemap.trim() ? '0' : '2'} />
        <Text {...props} name="pages" field="settings.pages" range={[1, 20_000]} label={t('form.pages')} hint={t('form.pages.hint')} placeholder="500" />
      </div>
      <Patterns {...props} />
    </>
  );
}

function Feed(props: PartProps) {
  const { draft, set } = props;
  return (
    <>
      <Text {...props} name="url" field="settings.url" required label={t('form.feed')} placeholder="https://example.com/feed.xml" />
      <Field label={t('form.take')} error={props.wrong('settings.take')}>
        {(ids) => (
          <Select {...ids} value={draft.take} onChange={(event) => set({ take: event.target.value as Draft['take'] })}>
            <option value="page">{t('form.take.page')}</option>
            <option value="entry">{t('form.take.entry')}</option>
          </Select>
        )}
      </Field>
      <Text {...props} name="entries" field="settings.entries" range={[1, 1000]} label={t('form.entries')} placeholder="100" />
      <label className="flex items-start gap-2">
        <input type="checkbox" className="mt-0.5 size-4 shrink-0 accent-accent" checked={draft.forget} onChange={(event) => set({ forget: event.target.checked })} />
        {t('form.forget')}
      </label>
    </>
  );
}

function Folder(props: PartProps) {
  return <Text {...props} name="path" field="settings.path" required label={t('form.path')} hint={t('form.path.hint')} placeholder="/srv/docs/handbook" />;
}

function Bucket(props: PartProps) {
  return (
    <>
      <Text {...props} name="url" field="settings.url" required label={t('form.bucket')} placeholder="s3://documents/guides/" />
      <Secret {...props} name="accessKeyId" field="settings.access_key_id" label={t('form.keyId')} />
      <Secret {...props} name="secretAccessKey" field="settings.secret_access_key" label={t('form.key')} />
      <div className="grid gap-4 sm:grid-cols-2">
        <Text {...props} name="region" field="settings.region" label={t('form.region')} placeholder="us-east-1" />
        <Text {...props} name="endpoint" field="settings.endpoint" label={t('form.endpoint')} hint={t('form.endpoint.hint')} placeholder="https://minio.example.com" />
      </div>
    </>
  );
}

/** The name of a secret: chosen, by those who may read the names, else typed. */
function Secret(props: TextProps) {
  const { draft, set, wrong, name, field, label } = props;
  const mayRead = usePermission('secrets.read');
  const { data } = useQuery({ ...secretsQuery, enabled: mayRead });
  const names = data?.map((secret) => secret.name) ?? [];
  const chosen = draft[name];
  if (!mayRead) return <Text {...props} hint={t('form.secret.hint')} />;
  return (
    <Field label={label} hint={t('form.secret.hint')} error={wrong(field)} optional={t('field.optional')}>
      {(ids) => (
        <Select {...ids} value={chosen} onChange={(event) => set({ [name]: event.target.value })}>
          <option value="">{t('form.secret.none')}</option>
          {[...(chosen && !names.includes(chosen) ? [chosen] : []), ...names].map((one) => (
            <option key={one}>{one}</option>
          ))}
        </Select>
      )}
    </Field>
  );
}

/** The fields that say what a source is. */
export const PLACES: Record<Kind, (props: PartProps) => React.JSX.Element> = { website: Website, feed: Feed, folder: Folder, bucket: Bucket };
/** Those that narrow it, which most sources do without. */
export const LIMITS: Partial<typeof PLACES> = { website: WebsiteLimits, folder: Patterns, bucket: Patterns };

/** When a source is looked at by itself. */
export function WhenFields(props: PartProps) {
  const { draft, set, wrong } = props;
  return (
    <>
      <Field label={t('form.when')} error={wrong('schedule')}>
        {(ids) => (
          <Select {...ids} value={draft.when} onChange={(event) => set({ when: event.target.value as Draft['when'] })}>
            {(['every', 'cron', 'never'] as const).map((when) => (
              <option key={when} value={when}>
                {t(`form.when.${when}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {draft.when === 'every' && <Text {...props} name="every" field="schedule.every" required label={t('form.every')} hint={t('form.every.hint')} placeholder="6h" />}
      {draft.when === 'cron' && (
        <div className="grid gap-4 sm:grid-cols-2">
          <Text {...props} name="cron" field="schedule.cron" required label={t('form.cron')} hint={t('form.cron.hint')} placeholder="0 7 * * 1-5" />
          <Text {...props} name="timeZone" field="schedule.time_zone" label={t('form.timeZone')} placeholder="UTC" />
        </div>
      )}
    </>
  );
}
