import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import { usePermission } from '@/features/session/api';
import { formatNumber } from '@/i18n/format';
import { Button } from '@/ui/button';
import { ConfirmDialog } from '@/ui/dialog';
import { Input, Select } from '@/ui/field';
import { Section } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { modelsQuery } from './models-api';
import { tm } from './models-words';
import { PriceForm } from './price-form';
import { PriceTable } from './price-table';
import { isModelName, narrowed, type Origin, type Priced, pricedModels } from './prices';
import { pricesQuery, setPrice } from './prices-api';

/** The form for a model that is still to be named. */
const NEW = 'new';
const ORIGINS: Origin[] = ['set', 'published', 'none', 'free'];

/** What models cost. The address has the search, and the model whose price is being set. */
export function PricesPage() {
  const { q = '', from, model } = useSearch({ from: '/app/settings/prices' });
  const navigate = useNavigate({ from: '/settings/prices' });
  const mayWrite = usePermission('providers.write');
  const prices = useQuery(pricesQuery);
  const models = useQuery(modelsQuery);
  const [forgetting, setForgetting] = useState<Priced | null>(null);
  const words = useDeferredValue(q.trim());
  // The lists of the vendors are not needed to tell the prices that are known.
  const rows = prices.data && (models.data || models.error) ? pricedModels(prices.data, models.data?.items ?? []) : null;
  const shown = narrowed(rows ?? [], words, from);
  const write = (named: string | undefined) => void navigate({ search: { q: q || undefined, from, model: named } });
  const look = (change: { q?: string; from?: string }) =>
    void navigate({ search: (before) => ({ ...before, ...Object.fromEntries(Object.entries(change).map(([key, value]) => [key, value || undefined])) }), replace: true });
  return (
    <Section
      title={tm('prices.title')}
      lead={tm('prices.lead')}
      actions={
        mayWrite && (
          <Button onClick={() => write(NEW)}>
            <Plus size={15} />
            {tm('price.add')}
          </Button>
        )
      }
    >
      <div className="mb-4 flex flex-wrap gap-2">
        <Input
          type="search"
          aria-label={tm('prices.search')}
          placeholder={tm('prices.search')}
          className="max-w-80 flex-1 basis-52"
          value={q}
          onChange={(event) => look({ q: event.target.value })}
        />
        <Select aria-label={tm('prices.from')} className="w-auto max-w-full" value={from ?? ''} onChange={(event) => look({ from: event.target.value })}>
          <option value="">{tm('prices.from.all')}</option>
          {ORIGINS.map((origin) => (
            <option key={origin} value={origin}>
              {tm('prices.from.some', { from: tm(`price.${origin}`), count: formatNumber(rows?.filter((row) => row.origin === origin).length ?? 0) })}
            </option>
          ))}
        </Select>
      </div>
      {prices.error && <ProblemBox error={prices.error} onRetry={() => void prices.refetch()} className="mb-4" />}
      {models.error && <ProblemBox error={models.error} onRetry={() => void models.refetch()} className="mb-4" />}
      {!rows && !prices.error && <SkeletonRows rows={6} />}
      {shown.length > 0 && <PriceTable rows={shown} mayWrite={mayWrite} onWrite={write} onForget={setForgetting} />}
      {rows && shown.length === 0 && <p className="text-fg-2">{tm('prices.none')}</p>}
      {rows && shown.length === 0 && mayWrite && isModelName(words) && (
        <Button className="mt-3 max-w-full" onClick={() => write(words)}>
          <span className="truncate">{tm('price.add.of', { model: words })}</span>
        </Button>
      )}
      {model && mayWrite && rows && (
        <PriceForm key={model} model={model === NEW ? '' : model} rows={rows} onClose={() => write(undefined)} />
      )}
      {forgetting && <Forget row={forgetting} onClose={() => setForgetting(null)} />}
    </Section>
  );
}

/** Takes a price back that the workspace set. */
function Forget({ row, onClose }: { row: Priced; onClose: () => void }) {
  const forget = useMutation({ mutationFn: () => setPrice(row.model, null), onSuccess: onClose });
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={tm('price.forget.title', { model: row.model })}
      text={tm('price.forget.text')}
      action={tm('price.forget')}
      busy={forget.isPending}
      error={forget.error}
      onConfirm={() => forget.mutate()}
    />
  );
}
