import { Field, Input, Select, Textarea } from '@/ui/field';
import { NumberField } from './number-field';
import type { Chunking } from './settings-draft';
import { t } from './words';

const STRATEGIES = ['structure', 'parent', 'qa', 'separator', 'whole'] as const;

/** Separators as they are typed: one per line, with `\n` and `\t` for what a line cannot hold. */
export const typedSeparators = (separators: readonly string[]): string =>
  separators.map((one) => one.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\t', '\\t')).join('\n');

export const separatorsOf = (typed: string): string[] =>
  typed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/\\([\\nt])/g, (_, mark: string) => (mark === 'n' ? '\n' : mark === 't' ? '\t' : '\\')));

interface ChunkingFieldsProps {
  value: Chunking;
  onChange: (value: Chunking) => void;
}

/** Where documents are cut; only what the strategy reads is asked. */
export function ChunkingFields({ value, onChange }: ChunkingFieldsProps) {
  const strategy = value.strategy ?? 'structure';
  const change = (part: { [K in keyof Chunking]?: Chunking[K] | undefined }) => onChange({ ...value, ...part } as Chunking);
  return (
    <div className="flex flex-col gap-4">
      <Field label={t('chunking.strategy')} hint={t(`chunking.${strategy}.hint`)}>
        {(ids) => (
          <Select {...ids} className="max-w-[480px]" value={strategy} onChange={(event) => change({ strategy: STRATEGIES.find((one) => one === event.target.value) ?? 'structure' })}>
            {STRATEGIES.map((one) => (
              <option key={one} value={one}>
                {t(`chunking.${one}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {strategy === 'separator' && (
        <Field label={t('chunking.separators')} hint={t('chunking.separators.hint')}>
          {(ids) => (
            <Textarea
              {...ids}
              rows={3}
              className="max-w-[480px] font-mono"
              defaultValue={typedSeparators(value.separators ?? [])}
              onChange={(event) => change({ separators: separatorsOf(event.target.value) })}
            />
          )}
        </Field>
      )}
      {strategy === 'qa' && (
        <div className="flex flex-wrap gap-3">
          {(['question_column', 'answer_column'] as const).map((column) => (
            <Field key={column} label={t(`chunking.${column}`)} optional={t('field.optional')} hint={t('chunking.column.hint')} className="min-w-0 flex-1 basis-44">
              {(ids) => <Input {...ids} value={value[column] ?? ''} onChange={(event) => change({ [column]: event.target.value || null })} />}
            </Field>
          ))}
        </div>
      )}
      {strategy !== 'whole' && (
        <div className="flex flex-wrap gap-3">
          <NumberField label={t('chunking.size')} hint={t('chunking.size.hint')} min={10} max={8000} usual={250} value={value.size} onChange={(size) => change({ size })} className="w-full sm:w-44" />
          {(strategy === 'parent' || strategy === 'qa') && (
            <NumberField label={t('chunking.parentSize')} hint={t('chunking.parentSize.hint')} min={10} max={8000} usual={1000} value={value.parent_size} onChange={(parent_size) => change({ parent_size })} className="w-full sm:w-44" />
          )}
          {strategy !== 'qa' && (
            <NumberField label={t('chunking.overlap')} hint={t('chunking.overlap.hint')} min={0} max={4000} usual={0} value={value.overlap} onChange={(overlap) => change({ overlap })} className="w-full sm:w-44" />
          )}
        </div>
      )}
    </div>
  );
}
