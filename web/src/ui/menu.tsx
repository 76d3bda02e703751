import { DropdownMenu as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { cx } from './cx';

interface MenuProps {
  trigger: ReactNode;
  align?: 'start' | 'end';
  side?: 'top' | 'bottom';
  children: ReactNode;
}

export function Menu({ trigger, align = 'end', side = 'bottom', children }: MenuProps) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          side={side}
          sideOffset={4}
          collisionPadding={8}
          className="animate-pop z-50 min-w-44 rounded-lg border border-line bg-surface p-1 shadow-pop"
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface MenuItemProps {
  icon?: ReactNode;
  danger?: boolean;
  onSelect: () => void;
  children: ReactNode;
}

const ITEM =
  'flex h-8 cursor-default items-center gap-2 rounded-md px-2 text-13 outline-none select-none data-highlighted:bg-surface-3';

export function MenuItem({ icon, danger, onSelect, children }: MenuItemProps) {
  return (
    <Radix.Item onSelect={onSelect} className={cx(ITEM, danger && 'text-bad')}>
      <span className="flex w-4 justify-center">{icon}</span>
      {children}
    </Radix.Item>
  );
}

interface MenuChoiceProps {
  value: string;
  onChange: (value: string) => void;
  options: { value: string; label: string }[];
}

export function MenuChoice({ value, onChange, options }: MenuChoiceProps) {
  return (
    <Radix.RadioGroup value={value} onValueChange={onChange}>
      {options.map((option) => (
        <Radix.RadioItem key={option.value} value={option.value} className={ITEM}>
          <span className="flex w-4 justify-center">
            <Radix.ItemIndicator>
              <span className="block size-1.5 rounded-full bg-accent" />
            </Radix.ItemIndicator>
          </span>
          <span className="truncate">{option.label}</span>
        </Radix.RadioItem>
      ))}
    </Radix.RadioGroup>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Radix.Label className="px-2 py-1.5 text-12 text-fg-3">{children}</Radix.Label>;
}

export function MenuLine() {
  return <Radix.Separator className="my-1 h-px bg-line" />;
}
