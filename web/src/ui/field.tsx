import { type ComponentProps, type ReactNode, useId } from 'react';
import { cx } from './cx';

const BOX =
  '[:where(&)]:w-full rounded-md border border-line-strong bg-surface px-2.5 text-13 text-fg placeholder:text-fg-3 transition-colors hover:border-fg-3 focus:border-accent focus:outline-2 focus:-outline-offset-1 focus:outline-accent disabled:opacity-60 aria-invalid:border-bad';

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string | null | undefined;
  optional?: string;
  className?: string;
  children: (ids: { id: string; 'aria-describedby': string | undefined; 'aria-invalid': true | undefined }) => ReactNode;
}

/** A label, its control, and what is to be said about it. */
export function Field({ label, hint, error, optional, className, children }: FieldProps) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div className={cx('flex flex-col gap-1', className)}>
      <label htmlFor={id} className="font-medium text-fg">
        {label}
        {optional && <span className="ms-1.5 font-normal text-fg-3">{optional}</span>}
      </label>
      {children({
        id,
        'aria-describedby': note ? `${id}-note` : undefined,
        'aria-invalid': error ? true : undefined,
      })}
      {note && (
        <p id={`${id}-note`} className={cx('text-12', error ? 'text-bad' : 'text-fg-3')}>
          {note}
        </p>
      )}
    </div>
  );
}

export function Input({ className, ...rest }: ComponentProps<'input'>) {
  return <input {...rest} className={cx(BOX, 'h-8', className)} />;
}

export function Textarea({ className, ...rest }: ComponentProps<'textarea'>) {
  return <textarea {...rest} className={cx(BOX, 'py-1.5', className)} />;
}

export function Select({ className, children, ...rest }: ComponentProps<'select'>) {
  return (
    <select {...rest} className={cx(BOX, 'h-8 pe-7', className)}>
      {children}
    </select>
  );
}
