import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { asApiError } from '@/api/errors';
import { t } from '@/i18n';
import { Dialog, DialogForm } from '@/ui/dialog';
import { Field, Input } from '@/ui/field';
import { tm } from './models-words';
import { isModelName, type Priced, readDollars } from './prices';
import { setPrice } from './prices-api';
import { useTried } from './use-tried';

interface PriceFormProps {
  /** The model whose price is set; empty where it is still to be named. */
  model: string;
  rows: Priced[];
  onClose: () => void;
}

/** What a model costs, in dollars per million tokens. */
export function PriceForm({ model: named, rows, onClose }: PriceFormProps) {
  const before = rows.find(({ model }) => model === named);
  const [model, setModel] = useState(named);
  const [input, setInput] = useState(before?.price?.input ?? '');
  const [output, setOutput] = useState(before?.price?.output ?? '');
  const [cached, setCached] = useState(before?.price?.cached ?? '');
  const price = { input: readDollars(input), output: readDollars(output), cached: cached.trim() ? readDollars(cached) : null };
  const wrong = {
    model: isModelName(model.trim()) ? null : tm('price.model.wrong'),
    input: price.input === null ? tm('price.wrong') : null,
    output: price.output === null ? tm('price.wrong') : null,
    cached: cached.trim() && price.cached === null ? tm('price.wrong') : null,
  };
  const save = useMutation({
    mutationFn: () => setPrice(model.trim(), { input: price.input ?? '', output: price.output ?? '', cached: price.cached }),
    onSuccess: onClose,
  });
  const { tried, attempt } = useTried(save.error);
  const refused = save.error ? asApiError(save.error) : null;
  const atModel = !before && refused?.field === 'model' ? refused.message : null;
  const amount = (label: string, value: string, set: (value: string) => void, error: string | null, optional?: boolean) => (
    <Field label={label} optional={optional ? t('field.optional') : undefined} error={tried ? error : null} className="min-w-32 flex-1">
      {(ids) => (
        <Input
          {...ids}
          inputMode="decimal"
          autoComplete="off"
          className="num"
          placeholder={optional ? tm('price.cached.same') : '0.15'}
          value={value}
          onChange={(event) => set(event.target.value)}
        />
      )}
    </Field>
  );
  const sending = { ...save, error: atModel ? null : save.error, mutate: () => attempt(!Object.values(wrong).some(Boolean) && save.mutate) };
  return (
    <Dialog open onOpenChange={onClose} title={before ? tm('price.change', { model: named }) : tm('price.add')} description={tm('price.hint')}>
      <DialogForm action={t('action.save')} sending={sending} onCancel={onClose}>
        {!before && (
          <Field label={tm('price.model')} hint={tm('price.model.hint')} error={tried ? (wrong.model ?? atModel) : atModel}>
            {(ids) => (
              <>
                <Input {...ids} list="unpriced-models" autoComplete="off" spellCheck={false} className="font-mono" value={model} onChange={(event) => setModel(event.target.value)} />
                <datalist id="unpriced-models">
                  {rows
                    .filter(({ origin }) => origin === 'none')
                    .map((row) => (
                      <option key={row.model} value={row.model} />
                    ))}
                </datalist>
              </>
            )}
          </Field>
        )}
        <div className="flex flex-wrap gap-4">
          {amount(tm('price.input'), input, setInput, wrong.input)}
          {amount(tm('price.output'), output, setOutput, wrong.output)}
        </div>
        {amount(tm('price.cached.long'), cached, setCached, wrong.cached, true)}
      </DialogForm>
    </Dialog>
  );
}
