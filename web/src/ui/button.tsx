import { LoaderCircle } from 'lucide-react';
import type { ComponentProps } from 'react';
import { cx } from './cx';

type Kind = 'primary' | 'secondary' | 'ghost' | 'danger';

const KINDS: Record<Kind, string> = {
  primary: 'bg-accent text-accent-fg hover:bg-accent-hover font-medium',
  secondary: 'border border-line-strong bg-surface text-fg hover:bg-surface-3 font-medium',
  ghost: 'text-fg-2 hover:bg-surface-3 hover:text-fg',
  danger: 'border border-bad-line bg-bad-soft text-bad hover:border-bad font-medium',
};

/** Classes of a button, for links that look like one. */
export function buttonClass(kind: Kind = 'secondary', size: 'md' | 'sm' | 'lg' = 'md'): string {
  return cx(
    'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md text-13 whitespace-nowrap transition-colors select-none',
    'disabled:cursor-not-allowed disabled:opacity-50',
    size === 'sm' && 'h-7 px-2',
    size === 'md' && 'h-8 px-3',
    size === 'lg' && 'h-9 px-4',
    KINDS[kind],
  );
}

interface ButtonProps extends ComponentProps<'button'> {
  kind?: Kind;
  size?: 'md' | 'sm' | 'lg';
  busy?: boolean;
}

export function Button({ kind, size, busy, className, children, disabled, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={cx(buttonClass(kind, size), className)}
    >
      {busy && <LoaderCircle size={14} className="animate-spin" aria-hidden="true" />}
      {children}
    </button>
  );
}

interface IconButtonProps extends ComponentProps<'button'> {
  label: string;
  small?: boolean;
}

/** A button that is only a picture; its name is read out and shown on hover. */
export function IconButton({ label, small, className, children, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={cx(
        'inline-flex shrink-0 items-center justify-center rounded-md text-fg-3 transition-colors hover:bg-surface-3 hover:text-fg disabled:cursor-not-allowed disabled:opacity-50',
        small ? 'size-7' : 'size-8',
        className,
      )}
    >
      {children}
    </button>
  );
}
