import type { components } from '@/api/schema';
import { formatNumber } from '@/i18n/format';
import { Field, Select } from '@/ui/field';
import { BoostsFields, RecencyFields } from './boosts-fields';
import { ModelField } from './model-field';
import { NumberField, ShareField } from './number-field';
import type { Retrieval } from './settings-draft';
import { t } from './words';

type SearchMode = components['schemas']['SearchMode'];
type Fusion = components['schemas']['Fusion'];

/** How a search is wanted; what is absent is as usual, or as the knowledge base says. */
export interface Wanted {
  mode?: SearchMode | null | undefined;
  fusion?: Fusion | null | undefined;
  vector_weight?: number | null | undefined;
  limit?: number | null | undefined;
  threshold?: number | null | undefined;
  diversity?: number | null | undefined;
  rerank_model?: string | null | undefined;
  rerank_candidates?: number | null | undefined;
  recency?: Retrieval['recency'] | undefined;
  boosts?: Retrieval['boosts'] | undefined;
}

export const MODES: SearchMode[] = ['hybrid', 'lexical', 'vector'];
export const FUSIONS: Fusion[] = ['weighted', 'reciprocal_rank'];

interface SearchFieldsProps {
  value: Wanted;
  onChange: (value: Wanted) => void;
  hasVectors: boolean;
  /** What holds where nothing is said: the knowledge base's settings. Absent when these are edited. */
  inherited?: Retrieval;
}

/** How passages are found and ordered, for a knowledge base or for one search. */
export function SearchFields({ value, onChange, hasVectors, inherited }: SearchFieldsProps) {
  const change = (part: Partial<Wanted>) => onChange({ ...value, ...part });
  const usual: Partial<Retrieval> = inherited ?? {};
  const usualMode = usual.mode ?? (hasVectors ? 'hybrid' : 'lexical');
  const mode = value.mode ?? usualMode;
  const weight = value.vector_weight ?? usual.vector_weight ?? 0.5;
  const percent = (share: number) => formatNumber(Math.round(share * 100));
  const asUsual = (name: string) => t(inherited ? 'search.asSet' : 'search.usual', { what: name });
  const diversity = value.diversity ?? usual.diversity ?? 0;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap gap-3">
        <Field label={t('search.mode')} hint={hasVectors ? t(`search.mode.${mode}.hint`) : t('search.mode.noVectors')} className="min-w-0 flex-1 basis-52">
          {(ids) => (
            <Select {...ids} value={value.mode ?? ''} onChange={(event) => change({ mode: MODES.find((one) => one === event.target.value) })}>
              <option value="">{asUsual(t(`search.mode.${usualMode}`))}</option>
              {MODES.map((one) => (
                <option key={one} value={one} disabled={!hasVectors && one !== 'lexical'}>
                  {t(`search.mode.${one}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {mode === 'hybrid' && (
          <Field label={t('search.fusion')} hint={t('search.fusion.hint')} className="min-w-0 flex-1 basis-52">
            {(ids) => (
              <Select {...ids} value={value.fusion ?? ''} onChange={(event) => change({ fusion: FUSIONS.find((one) => one === event.target.value) })}>
                <option value="">{asUsual(t(`search.fusion.${usual.fusion ?? 'weighted'}`))}</option>
                {FUSIONS.map((one) => (
                  <option key={one} value={one}>
                    {t(`search.fusion.${one}`)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
      </div>
      {mode === 'hybrid' && (
        <ShareField
          label={t('search.weight')}
          hint={t('search.weight.hint')}
          value={weight}
          disabled={!hasVectors}
          onChange={(vector_weight) => change({ vector_weight })}
          said={t('search.weight.said', { words: percent(1 - weight), vectors: percent(weight) })}
        />
      )}
      <div className="flex flex-wrap gap-3">
        <NumberField label={t('search.limit')} hint={t('search.limit.hint')} min={1} max={50} usual={usual.limit ?? 10} value={value.limit} onChange={(limit) => change({ limit })} className="w-full sm:w-48" />
        <NumberField label={t('search.threshold')} hint={t('search.threshold.hint')} min={0} step="any" usual={usual.threshold ?? '–'} value={value.threshold} onChange={(threshold) => change({ threshold })} className="w-full sm:w-48" />
      </div>
      <ShareField label={t('search.diversity')} hint={t('search.diversity.hint')} value={diversity} onChange={(share) => change({ diversity: share })} said={`${percent(diversity)} %`} />
      <ModelField
        kind="rerank"
        label={t('search.rerank')}
        hint={t('search.rerank.hint')}
        value={value.rerank_model ?? ''}
        onChange={(model) => change({ rerank_model: model || undefined })}
        besides={
          inherited
            ? [
                { value: '', name: asUsual(usual.rerank_model ?? t('search.rerank.none')) },
                { value: 'none', name: t('search.rerank.none') },
              ]
            : [{ value: '', name: t('search.rerank.none') }]
        }
      />
      {(value.rerank_model || usual.rerank_model) && value.rerank_model !== 'none' && (
        <NumberField label={t('search.candidates')} hint={t('search.candidates.hint')} min={1} max={200} usual={usual.rerank_candidates ?? 30} value={value.rerank_candidates} onChange={(rerank_candidates) => change({ rerank_candidates })} className="w-full sm:w-48" />
      )}
      <RecencyFields value={value.recency} onChange={(recency) => change({ recency })} />
      <BoostsFields value={value.boosts ?? []} onChange={(boosts) => change({ boosts })} />
    </div>
  );
}
