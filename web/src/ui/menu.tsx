import {
  cloneElement,
  createContext,
  type KeyboardEvent,
  type ReactElement,
  type ReactNode,
  useCallback,
  useContext,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { cx } from './cx';

/** Closes the menu an item is in. */
const CloseContext = createContext<() => void>(() => {});

interface TriggerProps {
  id?: string;
  popoverTarget?: string;
  'aria-haspopup'?: 'menu' | 'dialog';
  'aria-expanded'?: boolean;
}

interface MenuProps {
  /** A button; it is told apart as the one that opens the menu. */
  trigger: ReactElement<TriggerProps>;
  align?: 'start' | 'end';
  side?: 'top' | 'bottom';
  /** A dialog when it holds more than items; the items are then in a menu of their own. */
  role?: 'menu' | 'dialog';
  children: ReactNode;
}

const ITEMS = '[role^="menuitem"]';
const GAP = 4;
const EDGE = 8;

/** Puts the popover beside its trigger, inside the window. */
function place(box: HTMLElement, trigger: HTMLElement, align: 'start' | 'end', side: 'top' | 'bottom'): void {
  const at = trigger.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = box;
  const leftward = (align === 'end') !== (document.documentElement.dir === 'rtl');
  const left = leftward ? at.right - width : at.left;
  const below = at.bottom + GAP;
  const above = at.top - GAP - height;
  const fitsBelow = below + height <= window.innerHeight - EDGE;
  const top = side === 'bottom' && (fitsBelow || above < EDGE) ? below : above;
  box.style.left = `${Math.min(Math.max(EDGE, left), window.innerWidth - width - EDGE)}px`;
  box.style.top = `${Math.max(EDGE, top)}px`;
}

/** A menu on the browser's own popover, which brings light dismissal, Escape and the top layer. */
export function Menu({ trigger, align = 'end', side = 'bottom', role = 'menu', children }: MenuProps) {
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  const items = () => [...(box.current?.querySelectorAll<HTMLElement>(ITEMS) ?? [])];

  // The size of the menu is known only with its items in it.
  useLayoutEffect(() => {
    const button = document.getElementById(`${id}-trigger`);
    if (!open || !box.current || !button) return undefined;
    const menu = box.current;
    const fit = () => {
      place(menu, button, align, side);
      if (!menu.contains(document.activeElement)) menu.querySelector<HTMLElement>(ITEMS)?.focus();
    };
    fit();
    // Items that are fetched late make it larger.
    const grown = new ResizeObserver(fit);
    grown.observe(menu);
    return () => grown.disconnect();
  }, [open, id, align, side]);
  const press = (event: KeyboardEvent) => {
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === 'Tab') box.current?.hidePopover();
    if (next === undefined) return;
    event.preventDefault();
    all.at(next % all.length)?.focus();
  };
  const close = useCallback(() => box.current?.hidePopover(), []);

  return (
    <>
      {cloneElement(trigger, {
        id: `${id}-trigger`,
        popoverTarget: id,
        'aria-haspopup': role,
        'aria-expanded': open,
      })}
      {/* Its role is one of those whose contents are gone through by keys. */}
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div
        ref={box}
        id={id}
        popover="auto"
        role={role}
        tabIndex={-1}
        aria-labelledby={`${id}-trigger`}
        onToggle={(event) => setOpen(event.newState === 'open')}
        onKeyDown={press}
        className="open:animate-pop fixed m-0 min-w-44 rounded-lg border border-line bg-surface p-1 text-fg shadow-pop"
      >
        <CloseContext value={close}>{open && children}</CloseContext>
      </div>
    </>
  );
}

const ITEM =
  'flex h-8 w-full items-center gap-2 rounded-md px-2 text-start text-13 select-none hover:bg-surface-3 focus:bg-surface-3 focus:outline-none';

interface MenuItemProps {
  icon?: ReactNode;
  danger?: boolean;
  onSelect: () => void;
  children: ReactNode;
}

export function MenuItem({ icon, danger, onSelect, children }: MenuItemProps) {
  const close = useContext(CloseContext);
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      onClick={() => {
        close();
        onSelect();
      }}
      className={cx(ITEM, danger && 'text-bad')}
    >
      <span className="flex w-4 justify-center">{icon}</span>
      {children}
    </button>
  );
}

interface MenuChoiceProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  options: { value: string; label: string }[];
}

export function MenuChoice({ label, value, onChange, options }: MenuChoiceProps) {
  const close = useContext(CloseContext);
  return (
    <div role="group" aria-label={label}>
      <p aria-hidden="true" className="px-2 py-1.5 text-12 text-fg-3">
        {label}
      </p>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          role="menuitemradio"
          aria-checked={option.value === value}
          tabIndex={-1}
          onClick={() => {
            close();
            onChange(option.value);
          }}
          className={ITEM}
        >
          <span className="flex w-4 justify-center">
            {option.value === value && <span className="block size-1.5 rounded-full bg-accent" />}
          </span>
          <span className="truncate">{option.label}</span>
        </button>
      ))}
    </div>
  );
}

export function MenuLine() {
  return <hr className="my-1 border-line" />;
}
