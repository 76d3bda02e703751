import { type KeyboardEvent, type ReactNode, useId, useState } from 'react';
import { cx } from '@/ui/cx';

interface ExplainedProps {
  why: string;
  /** Whether keys reach it; where many say the same, the first is enough. */
  reached: boolean;
  /** On which side of it the explanation begins. */
  side: 'start' | 'end';
  className?: string;
  children: ReactNode;
}

/** Something that says what it is when the mouse is over it, or the focus on it; Escape puts that away. */
export function Explained({ why, reached, side, className, children }: ExplainedProps) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const press = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !open) return;
    event.stopPropagation();
    setOpen(false);
  };
  return (
    <span className="relative inline-block" onPointerEnter={() => setOpen(true)} onPointerLeave={() => setOpen(false)}>
      <button
        type="button"
        tabIndex={reached ? 0 : -1}
        aria-describedby={id}
        className={cx('cursor-help rounded-sm decoration-dotted underline-offset-2 hover:underline', className)}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onClick={() => setOpen(true)}
        onKeyDown={press}
      >
        {children}
      </button>
      <span
        role="tooltip"
        id={id}
        className={cx(
          'absolute top-full z-10 w-64 max-w-[70vw] rounded-md border border-line bg-surface px-3 py-2 text-start font-sans text-12 whitespace-normal text-fg-2 shadow-pop',
          side === 'start' ? 'start-0' : 'end-0',
          !open && 'hidden',
        )}
      >
        {why}
      </span>
    </span>
  );
}
