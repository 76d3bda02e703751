import { Plus, X } from 'lucide-react';
import { Button, IconButton } from '@/ui/button';
import { Input, Select } from '@/ui/field';
import { type Kind, KINDS } from '../metadata';
import { t as td } from '../words';
import { type Condition, type Test, TESTS } from './trial';
import { t } from './words';

interface ConditionsFieldsProps {
  id: string;
  value: Condition[];
  /** Fields that documents here have. */
  names: string[];
  onChange: (value: Condition[]) => void;
}

/** Which chunks are looked at: all conditions have to hold. */
export function ConditionsFields({ id, value, names, onChange }: ConditionsFieldsProps) {
  const change = (at: number, part: Partial<Condition>) => onChange(value.map((one, index) => (index === at ? { ...one, ...part } : one)));
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 font-medium">{t('filter.title')}</legend>
      <datalist id={`${id}-fields`}>
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      {value.map((condition, at) => (
        // Conditions have no names of their own; their places tell them apart.
        // oxlint-disable-next-line react/no-array-index-key
        <div key={at} className="flex flex-wrap items-center gap-1.5" data-testid="condition">
          <Input className="min-w-0 flex-1 basis-24" list={`${id}-fields`} aria-label={td('metadata.name')} placeholder={td('metadata.name')} value={condition.field} onChange={(event) => change(at, { field: event.target.value })} />
          <Select className="w-auto!" aria-label={t('filter.test')} value={condition.test} onChange={(event) => change(at, { test: event.target.value as Test })}>
            {TESTS.map((test) => (
              <option key={test} value={test}>
                {t(`filter.${test}`)}
              </option>
            ))}
          </Select>
          {condition.test !== 'exists' && condition.test !== 'contains' && (
            <Select className="w-auto!" aria-label={td('metadata.kind')} value={condition.kind} onChange={(event) => change(at, { kind: event.target.value as Kind, text: event.target.value === 'boolean' ? 'true' : condition.text })}>
              {KINDS.map((kind) => (
                <option key={kind} value={kind}>
                  {td(`metadata.kind.${kind}`)}
                </option>
              ))}
            </Select>
          )}
          {condition.test !== 'exists' &&
            (condition.kind === 'boolean' && condition.test !== 'contains' ? (
              <Select className="w-auto!" aria-label={td('metadata.value')} value={condition.text} onChange={(event) => change(at, { text: event.target.value })}>
                <option value="true">{td('metadata.yes')}</option>
                <option value="false">{td('metadata.no')}</option>
              </Select>
            ) : (
              <Input className="min-w-0 flex-1 basis-24" aria-label={td('metadata.value')} placeholder={td('metadata.value')} value={condition.text} onChange={(event) => change(at, { text: event.target.value })} />
            ))}
          <IconButton small label={td('metadata.remove', { name: condition.field || t('filter.title') })} onClick={() => onChange(value.filter((_, index) => index !== at))}>
            <X size={14} />
          </IconButton>
        </div>
      ))}
      <Button size="sm" className="self-start" onClick={() => onChange([...value, { field: '', test: 'is', kind: 'text', text: '' }])}>
        <Plus size={14} />
        {t('filter.add')}
      </Button>
    </fieldset>
  );
}
