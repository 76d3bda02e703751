import { Plus, X } from 'lucide-react';
import { Button, IconButton } from '@/ui/button';
import { Input, Select } from '@/ui/field';
import { emptyRow, faultOf, type Kind, KINDS, type Row } from './metadata';
import { t } from './words';

interface MetadataFieldsProps {
  rows: Row[];
  onChange: (rows: Row[]) => void;
}

/** Typed values by their names; a name in several rows has several values. */
export function MetadataFields({ rows, onChange }: MetadataFieldsProps) {
  const change = (key: number, part: Partial<Row>) => onChange(rows.map((row) => (row.key === key ? { ...row, ...part } : row)));
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 font-medium">{t('metadata.title')}</legend>
      {rows.map((row) => (
        <div key={row.key} className="flex flex-wrap items-center gap-1.5" data-testid="metadata-row">
          <Input
            className="min-w-0 flex-1 basis-24"
            aria-label={t('metadata.name')}
            placeholder={t('metadata.name')}
            maxLength={100}
            value={row.name}
            aria-invalid={faultOf(row) === 'name' || undefined}
            onChange={(event) => change(row.key, { name: event.target.value })}
          />
          <Select
            className="w-auto! shrink-0"
            aria-label={t('metadata.kind')}
            value={row.kind}
            onChange={(event) => change(row.key, { kind: event.target.value as Kind, text: event.target.value === 'boolean' ? 'true' : row.text })}
          >
            {KINDS.map((kind) => (
              <option key={kind} value={kind}>
                {t(`metadata.kind.${kind}`)}
              </option>
            ))}
          </Select>
          {row.kind === 'boolean' ? (
            <Select className="min-w-0 flex-1 basis-24" aria-label={t('metadata.value')} value={row.text} onChange={(event) => change(row.key, { text: event.target.value })}>
              <option value="true">{t('metadata.yes')}</option>
              <option value="false">{t('metadata.no')}</option>
            </Select>
          ) : (
            <Input
              className="min-w-0 flex-1 basis-24"
              aria-label={t('metadata.value')}
              placeholder={t('metadata.value')}
              inputMode={row.kind === 'number' ? 'decimal' : undefined}
              value={row.text}
              aria-invalid={faultOf(row) === 'value' || undefined}
              onChange={(event) => change(row.key, { text: event.target.value })}
            />
          )}
          <IconButton small label={t('metadata.remove', { name: row.name || t('metadata.name') })} onClick={() => onChange(rows.filter(({ key }) => key !== row.key))}>
            <X size={14} />
          </IconButton>
        </div>
      ))}
      <Button size="sm" className="self-start" onClick={() => onChange([...rows, emptyRow()])}>
        <Plus size={14} />
        {t('metadata.add')}
      </Button>
      <p className="text-12 text-fg-3">{t('metadata.hint')}</p>
    </fieldset>
  );
}

/** Metadata as small labels. */
export function MetadataLabels({ metadata }: { metadata: Record<string, unknown> }) {
  const all = Object.entries(metadata);
  if (all.length === 0) return null;
  return (
    <ul className="flex flex-wrap gap-1" aria-label={t('metadata.title')}>
      {all.map(([name, value]) => (
        <li key={name} className="inline-flex max-w-full items-center gap-1 rounded-sm bg-surface-3 px-1.5 text-12 leading-5 text-fg-2">
          <span className="text-fg-3">{name}</span>
          <span className="truncate">{[value].flat().map(String).join(', ')}</span>
        </li>
      ))}
    </ul>
  );
}
