import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import type { components } from '@/api/schema';
import { Button, IconButton } from '@/ui/button';
import { Field, Input, Select } from '@/ui/field';
import { type Kind, kindOf, valueOf } from '../metadata';
import { t as td } from '../words';
import { NumberField } from './number-field';
import { t } from './words';

type Boost = components['schemas']['Boost'];
type Recency = components['schemas']['Recency'];

/** A boost as it is typed; `own` multiplies by the field's own number. */
interface Row {
  key: number;
  field: string;
  kind: Kind | 'own';
  text: string;
  factor: number | undefined;
}

let nextKey = 1;

const rowsOf = (boosts: readonly Boost[]): Row[] =>
  boosts.map(({ field, equals, factor }) => ({
    key: nextKey++,
    field,
    kind: equals === null || equals === undefined ? 'own' : kindOf(equals),
    text: equals === null || equals === undefined ? '' : String(equals),
    factor: factor ?? undefined,
  }));

/** Rows that are complete; one that is not yet counts for nothing. */
const boostsOf = (rows: readonly Row[]): Boost[] =>
  rows.flatMap(({ field, kind, text, factor }): Boost[] => {
    const equals = kind === 'own' ? null : valueOf(kind, text);
    if (field.trim() === '' || (kind !== 'own' && equals === null)) return [];
    return [{ field: field.trim(), ...(equals === null ? {} : { equals }), ...(factor === undefined ? {} : { factor }) } as Boost];
  });

interface BoostsFieldsProps {
  value: Boost[];
  onChange: (value: Boost[]) => void;
}

/** Fields that make passages worth more or less. */
export function BoostsFields({ value, onChange }: BoostsFieldsProps) {
  const [rows, setRows] = useState(() => rowsOf(value));
  const set = (next: Row[]) => {
    setRows(next);
    onChange(boostsOf(next));
  };
  const change = (key: number, part: Partial<Row>) => set(rows.map((row) => (row.key === key ? { ...row, ...part } : row)));
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 font-medium">{t('boosts.title')}</legend>
      {rows.map((row) => (
        <div key={row.key} className="flex flex-wrap items-center gap-1.5" data-testid="boost">
          <Input className="min-w-0 flex-1 basis-28" aria-label={td('metadata.name')} placeholder={td('metadata.name')} value={row.field} onChange={(event) => change(row.key, { field: event.target.value })} />
          <Select className="w-auto!" aria-label={t('boosts.when')} value={row.kind} onChange={(event) => change(row.key, { kind: event.target.value as Row['kind'], text: event.target.value === 'boolean' ? 'true' : '' })}>
            <option value="text">{t('boosts.is.text')}</option>
            <option value="number">{t('boosts.is.number')}</option>
            <option value="boolean">{t('boosts.is.boolean')}</option>
            <option value="own">{t('boosts.own')}</option>
          </Select>
          {(row.kind === 'text' || row.kind === 'number') && (
            <Input className="min-w-0 flex-1 basis-24" aria-label={td('metadata.value')} placeholder={td('metadata.value')} value={row.text} onChange={(event) => change(row.key, { text: event.target.value })} />
          )}
          {row.kind === 'boolean' && (
            <Select className="w-auto!" aria-label={td('metadata.value')} value={row.text} onChange={(event) => change(row.key, { text: event.target.value })}>
              <option value="true">{td('metadata.yes')}</option>
              <option value="false">{td('metadata.no')}</option>
            </Select>
          )}
          <span aria-hidden="true" className="text-fg-3">
            ×
          </span>
          <Input type="number" className="num w-20!" aria-label={t('boosts.factor')} min={0.01} max={100} step="any" placeholder="1" value={row.factor ?? ''} onChange={(event) => change(row.key, { factor: event.target.value === '' ? undefined : Number(event.target.value) })} />
          <IconButton small label={td('metadata.remove', { name: row.field || t('boosts.title') })} onClick={() => set(rows.filter(({ key }) => key !== row.key))}>
            <X size={14} />
          </IconButton>
        </div>
      ))}
      <Button size="sm" className="self-start" onClick={() => set([...rows, { key: nextKey++, field: '', kind: 'text', text: '', factor: 1.5 }])}>
        <Plus size={14} />
        {t('boosts.add')}
      </Button>
      <p className="text-12 text-fg-3">{t('boosts.hint')}</p>
    </fieldset>
  );
}

interface RecencyFieldsProps {
  value: Recency | null | undefined;
  onChange: (value: Recency | undefined) => void;
}

/** How age makes passages worth less. */
export function RecencyFields({ value, onChange }: RecencyFieldsProps) {
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="sr-only">{t('recency.title')}</legend>
      <label className="flex items-center gap-2 font-medium">
        <input type="checkbox" className="size-4 accent-accent" checked={Boolean(value)} onChange={(event) => onChange(event.target.checked ? { half_life_days: 90, weight: 0.5 } : undefined)} />
        {t('recency.title')}
      </label>
      <p className="text-12 text-fg-3">{t('recency.hint')}</p>
      {value && (
        <div className="flex flex-wrap gap-3">
          <NumberField label={t('recency.half')} min={0.01} step="any" value={value.half_life_days} onChange={(days) => onChange({ ...value, half_life_days: days ?? 90 })} />
          <NumberField label={t('recency.weight')} min={0} max={1} step={0.05} usual={0.5} value={value.weight} onChange={(weight) => onChange({ ...value, weight: weight ?? 0.5 })} />
          <Field label={t('recency.field')} className="w-full sm:w-48">
            {(ids) => <Input {...ids} placeholder="added_at" value={value.field ?? ''} onChange={(event) => onChange({ ...value, field: event.target.value || null })} />}
          </Field>
        </div>
      )}
    </fieldset>
  );
}
