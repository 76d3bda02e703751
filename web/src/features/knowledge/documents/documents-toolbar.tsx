import { Input, Select } from '@/ui/field';
import { formatNumber } from '@/i18n/format';
import { t, tn } from '../words';
import { type Choice, ORDERS, type State, STATES } from './choose';

interface DocumentsToolbarProps {
  choice: Choice;
  counts: Record<State, number>;
  all: number;
  shown: number;
  complete: boolean;
  onChange: (part: Partial<Choice>) => void;
}

/** Looks for documents, and orders them. */
export function DocumentsToolbar({ choice, counts, all, shown, complete, onChange }: DocumentsToolbarProps) {
  return (
    <div className="flex flex-wrap items-center gap-2" role="search">
      <Input
        type="search"
        className="min-w-0 flex-1 basis-full sm:basis-44"
        aria-label={t('documents.search')}
        placeholder={t('documents.search')}
        value={choice.q ?? ''}
        onChange={(event) => onChange({ q: event.target.value || undefined })}
      />
      <Select
        className="w-auto! min-w-0 flex-1 sm:flex-none"
        aria-label={t('documents.state')}
        value={choice.state ?? ''}
        onChange={(event) => onChange({ state: (event.target.value || undefined) as State | undefined })}
      >
        <option value="">{t('documents.state.all')}</option>
        {STATES.map((state) => (
          <option key={state} value={state}>
            {`${t(`documents.state.${state}`)} (${formatNumber(counts[state])})`}
          </option>
        ))}
      </Select>
      <Select
        className="w-auto! min-w-0 flex-1 sm:flex-none"
        aria-label={t('documents.sort')}
        value={choice.sort ?? 'newest'}
        onChange={(event) => onChange({ sort: ORDERS.find((order) => order === event.target.value && order !== 'newest') })}
      >
        {ORDERS.map((order) => (
          <option key={order} value={order}>
            {t(`documents.sort.${order}`)}
          </option>
        ))}
      </Select>
      <p className="num basis-full text-12 text-fg-3" role="status">
        {shown === all ? tn('count.documents', all) : t('documents.shown', { shown: formatNumber(shown), all: formatNumber(all) })}
        {!complete && ` · ${t('state.loading')}`}
      </p>
    </div>
  );
}
