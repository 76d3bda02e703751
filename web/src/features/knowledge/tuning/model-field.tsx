import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { modelsQuery } from '@/features/settings/models-api';
import { Field, Input, Select } from '@/ui/field';
import { t } from './words';

/** Models of a kind that are known here. */
function useKnown(kind: 'embedding' | 'rerank'): string[] {
  const models = useQuery(modelsQuery);
  return (models.data?.items ?? []).filter((model) => model.kind === kind && model.available).map(({ id }) => id);
}

const OTHER = ' other';

interface ModelFieldProps {
  kind: 'embedding' | 'rerank';
  label: string;
  hint?: ReactNode;
  /** Empty where none is chosen. */
  value: string;
  onChange: (value: string) => void;
  /** Choices that are no models, with what they are called. */
  besides: { value: string; name: string }[];
}

/** A model from those that are known, or one written by its name. */
export function ModelField({ kind, label, hint, value, onChange, besides }: ModelFieldProps) {
  const known = useKnown(kind);
  const listed = known.includes(value) || besides.some((one) => one.value === value);
  const [writing, setWriting] = useState(false);
  const written = writing || !listed;
  return (
    <Field label={label} hint={hint}>
      {(ids) => (
        <div className="flex max-w-[480px] flex-col gap-2">
          <Select
            {...ids}
            value={written ? OTHER : value}
            onChange={(event) => {
              setWriting(event.target.value === OTHER);
              onChange(event.target.value === OTHER ? '' : event.target.value);
            }}
          >
            {besides.map((one) => (
              <option key={one.value} value={one.value}>
                {one.name}
              </option>
            ))}
            {known.map((model) => (
              <option key={model} value={model}>
                {model}
              </option>
            ))}
            <option value={OTHER}>{t('model.other')}</option>
          </Select>
          {written && (
            <Input className="font-mono" aria-label={t('model.written', { field: label })} placeholder="PROVIDER/MODEL" value={value} onChange={(event) => onChange(event.target.value.trim())} />
          )}
        </div>
      )}
    </Field>
  );
}
