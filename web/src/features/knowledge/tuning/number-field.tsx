import type { ReactNode } from 'react';
import { Field, Input } from '@/ui/field';

interface NumberFieldProps {
  label: string;
  hint?: ReactNode;
  value: number | null | undefined;
  onChange: (value: number | undefined) => void;
  min: number;
  max?: number;
  step?: number | 'any';
  /** What holds when nothing is written. */
  usual?: string | number;
  className?: string;
}

/** A number, or nothing for what is usual. */
export function NumberField({ label, hint, value, onChange, min, max, step = 1, usual, className }: NumberFieldProps) {
  return (
    <Field label={label} hint={hint} className={className ?? 'w-full sm:w-40'}>
      {(ids) => (
        <Input
          {...ids}
          type="number"
          className="num"
          min={min}
          max={max}
          step={step}
          placeholder={usual === undefined ? undefined : String(usual)}
          value={value ?? ''}
          onChange={(event) => onChange(event.target.value === '' ? undefined : Number(event.target.value))}
        />
      )}
    </Field>
  );
}

interface ShareFieldProps {
  label: string;
  hint?: ReactNode;
  value: number;
  onChange: (value: number) => void;
  /** What the value means, in words beside the bar. */
  said: string;
  disabled?: boolean;
}

/** A share from 0 to 1, on a bar. */
export function ShareField({ label, hint, value, onChange, said, disabled }: ShareFieldProps) {
  return (
    <Field label={label} hint={hint}>
      {(ids) => (
        <div className="flex max-w-[420px] items-center gap-3">
          <input
            {...ids}
            type="range"
            min={0}
            max={1}
            step={0.05}
            value={value}
            disabled={disabled}
            aria-valuetext={said}
            className="h-8 min-w-0 flex-1 accent-accent disabled:opacity-50"
            onChange={(event) => onChange(Number(event.target.value))}
          />
          <span className="num w-36 shrink-0 text-12 text-fg-2">{said}</span>
        </div>
      )}
    </Field>
  );
}
