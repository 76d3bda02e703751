import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Dialog, DialogForm } from '@/ui/dialog';
import { Field, Input } from '@/ui/field';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { toast } from '@/ui/toast';
import { type Figure, setThresholds, type Threshold, thresholdsQuery } from './api';
import { WINDOWS } from './say';
import { tm } from './words';

/** As sizes are shown. */
const MB = 1_000_000;
const FIGURES: { figure: Figure; unit: 'percent' | 'ms' | 'usd' | 'jobs' | 'mb'; scale: number }[] = [
  { figure: 'error_rate', unit: 'percent', scale: 1 },
  { figure: 'run_p95', unit: 'ms', scale: 1 },
  { figure: 'first_token_p95', unit: 'ms', scale: 1 },
  { figure: 'cost_per_day', unit: 'usd', scale: 1 },
  { figure: 'queue_length', unit: 'jobs', scale: 1 },
  { figure: 'memory', unit: 'mb', scale: MB },
  { figure: 'cpu', unit: 'percent', scale: 1 },
];

/** What figures should not exceed; an empty field means that there is no threshold. */
export function ThresholdsDialog({ onClose }: { onClose: () => void }) {
  const { data, error, refetch } = useQuery(thresholdsQuery);
  return (
    <Dialog open onOpenChange={onClose} title={tm('limits.title')} description={tm('limits.text')}>
      {error && <ProblemBox error={error} onRetry={() => void refetch()} />}
      {!data && !error && <SkeletonRows rows={6} />}
      {data && <Form thresholds={data} onClose={onClose} />}
    </Dialog>
  );
}

/** A typed limit in the unit of the field: null where there is none, NaN where it is no number. */
export function readLimit(text: string): number | null {
  const typed = text.trim().replace(',', '.');
  if (typed === '') return null;
  const value = Number(typed);
  return Number.isFinite(value) && value >= 0 ? value : Number.NaN;
}

function Form({ thresholds, onClose }: { thresholds: Threshold[]; onClose: () => void }) {
  const [typed, setTyped] = useState<Partial<Record<Figure, string>>>(() => {
    const scale = (figure: Figure) => FIGURES.find((one) => one.figure === figure)?.scale ?? 1;
    return Object.fromEntries(thresholds.map(({ figure, limit }) => [figure, String(limit / scale(figure))]));
  });
  const limits = FIGURES.map(({ figure, scale }) => ({ figure, scale, limit: readLimit(typed[figure] ?? '') }));
  const wrong = limits.some(({ limit }) => Number.isNaN(limit));
  const save = useMutation({
    mutationFn: () => setThresholds(limits.flatMap(({ figure, scale, limit }) => (limit === null ? [] : [{ figure, limit: limit * scale }]))),
    onSuccess: () => {
      toast.success(tm('limits.saved'));
      onClose();
    },
  });
  return (
    <DialogForm
      action={tm('limits.save')}
      disabled={wrong}
      sending={{ isPending: save.isPending, error: save.error, mutate: () => save.mutate() }}
      onCancel={onClose}
    >
      <div className="grid grid-cols-1 gap-3 sm:grid-cols-2">
        {FIGURES.map(({ figure, unit }) => (
          <Field
            key={figure}
            label={tm(`figure.${figure}`)}
            hint={`${tm(`limits.unit.${unit}`)}, ${tm(`window.${WINDOWS[figure]}`)}`}
            error={Number.isNaN(readLimit(typed[figure] ?? '')) ? tm('limits.wrong') : null}
          >
            {(ids) => (
              <Input
                {...ids}
                inputMode="decimal"
                autoComplete="off"
                placeholder={tm('limits.none')}
                value={typed[figure] ?? ''}
                onChange={(event) => setTyped({ ...typed, [figure]: event.target.value })}
              />
            )}
          </Field>
        ))}
      </div>
    </DialogForm>
  );
}
