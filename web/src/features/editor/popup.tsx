import { type KeyboardEvent, type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import { cx } from '@/ui/cx';

interface PopupProps {
  /** Where it stands, in the window. */
  at: { x: number; y: number };
  label: string;
  onClose: () => void;
  children: ReactNode;
}

const EDGE = 8;

/** A box on the browser's own popover at a place of the window; closes on Escape and on a click beside it. */
export function Popup({ at, label, onClose, children }: PopupProps) {
  const box = useRef<HTMLDivElement>(null);
  const close = useRef(onClose);
  useEffect(() => {
    close.current = onClose;
  });
  useLayoutEffect(() => {
    const popup = box.current;
    if (!popup) return undefined;
    const before = document.activeElement;
    popup.showPopover();
    popup.querySelector<HTMLElement>('input')?.focus();
    // The browser's own dismissal would also take the end of a drag that opened this for a click beside it.
    const beside = (event: Event) => {
      if (!popup.contains(event.target as Node)) close.current();
    };
    const press = (event: globalThis.KeyboardEvent) => {
      if (event.key !== 'Escape' && event.key !== 'Tab') return;
      event.preventDefault();
      event.stopPropagation();
      close.current();
    };
    document.addEventListener('pointerdown', beside, true);
    document.addEventListener('keydown', press, true);
    return () => {
      document.removeEventListener('pointerdown', beside, true);
      document.removeEventListener('keydown', press, true);
      const inside = popup.contains(document.activeElement);
      popup.hidePopover();
      if (inside && before instanceof HTMLElement) before.focus();
    };
  }, []);
  useLayoutEffect(() => {
    const popup = box.current;
    if (!popup) return;
    popup.style.left = `${Math.max(EDGE, Math.min(at.x, window.innerWidth - popup.offsetWidth - EDGE))}px`;
    popup.style.top = `${Math.max(EDGE, Math.min(at.y, window.innerHeight - popup.offsetHeight - EDGE))}px`;
  }, [at.x, at.y]);
  return (
    <div
      ref={box}
      popover="manual"
      role="dialog"
      aria-label={label}
      className="open:animate-pop fixed m-0 w-80 max-w-[calc(100vw-16px)] rounded-lg border border-line bg-surface p-0 text-13 text-fg shadow-pop"
    >
      {children}
    </div>
  );
}

export interface Choice {
  key: string;
  group: string;
  name: string;
  /** Said behind the name: a type, a kind. */
  note?: string;
  help?: string;
  icon?: ReactNode;
  /** Found by these words, too. */
  words?: string;
  /** Why it cannot be chosen yet. */
  unready?: string | undefined;
}

interface ChoicesProps {
  label: string;
  choices: Choice[];
  none: string;
  mono?: boolean;
  onChoose: (key: string) => void;
}

/** A list that is searched while one types; arrows and Enter choose. */
export function Choices({ label, choices, none, mono, onChoose }: ChoicesProps) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const wanted = text.trim().toLowerCase().split(/\s+/);
  const found = choices.filter((choice) => {
    const hay = `${choice.name} ${choice.group} ${choice.help ?? ''} ${choice.words ?? ''}`.toLowerCase();
    return wanted.every((word) => hay.includes(word));
  });
  // What is called so comes before what only speaks of it.
  if (text.trim()) {
    const rank = ({ name }: Choice) => (name.toLowerCase().startsWith(wanted[0] ?? '') ? 0 : name.toLowerCase().includes(wanted[0] ?? '') ? 1 : 2);
    found.sort((one, other) => rank(one) - rank(other));
  }
  const active = Math.min(at, found.length - 1);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [active, text]);
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setAt((active + step + found.length) % Math.max(1, found.length));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      const chosen = found[active];
      if (chosen && !chosen.unready) onChoose(chosen.key);
    }
  };
  return (
    <>
      <input
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
        aria-label={label}
        placeholder={label}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={press}
        className="h-9 w-full rounded-t-lg border-b border-line bg-transparent px-3 text-13 placeholder:text-fg-3 focus:outline-none"
      />
      <div
        ref={list}
        id={`${id}-list`}
        role="listbox"
        aria-label={label}
        tabIndex={-1}
        className="scroll-thin max-h-[min(18rem,50vh)] overflow-y-auto p-1"
      >
        {found.length === 0 && <p className="px-2 py-1.5 text-fg-3">{none}</p>}
        {found.map((choice, index) => (
          <div key={choice.key}>
            {choice.group && (index === 0 || found[index - 1]?.group !== choice.group) && (
              <p aria-hidden="true" className="px-2 pt-2 pb-1 text-11 text-fg-3 first:pt-1">
                {choice.group}
              </p>
            )}
            {/* The keys stay in the search box, which says what is chosen. */}
            {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus */}
            <div
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === active}
              aria-disabled={choice.unready ? true : undefined}
              className={cx('flex items-start gap-2 rounded-md px-2 py-1', choice.unready ? 'cursor-not-allowed' : 'cursor-pointer', index === active && 'bg-surface-3')}
              onPointerMove={() => setAt(index)}
              onClick={() => !choice.unready && onChoose(choice.key)}
            >
              {choice.icon && <span className="mt-0.5">{choice.icon}</span>}
              <span className="min-w-0 flex-1">
                <span className={cx('flex items-baseline gap-2', mono && 'font-mono text-12', choice.unready && 'text-fg-2')}>
                  <span className="min-w-0 flex-1 break-all">{choice.name}</span>
                  {choice.note && <span className="shrink-0 font-sans text-11 text-fg-2">{choice.note}</span>}
                </span>
                {choice.help && <span className="line-clamp-2 block text-12 text-fg-2">{choice.help}</span>}
                {choice.unready && <span className="block text-12 text-warn">{choice.unready}</span>}
              </span>
            </div>
          </div>
        ))}
      </div>
    </>
  );
}
