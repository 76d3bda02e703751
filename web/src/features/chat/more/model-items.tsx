import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import type { Model } from '@/api/types';
import { modelsQuery } from '@/features/settings/models-api';
import { cx } from '@/ui/cx';
import { publishedQuery, writesWith } from './own-model';
import { t } from './words';

/** How the button of a choice is called and looks, with what is chosen in place of what the flow says. */
export const chipProps = (label: string, said: string) => ({
  'aria-label': said ? `${label}: ${said}` : label,
  title: said ? `${label}: ${said}` : label,
  className: cx(
    'flex h-8 max-w-40 shrink-0 items-center gap-1.5 rounded-lg px-2 text-12 transition-colors hover:bg-surface-3',
    said ? 'bg-accent-soft text-accent' : 'text-fg-3',
  ),
});

/** With more of them than this, they are looked for by name. */
const MANY = 10;

/** What a menu of choices is: one with a field to look them up is more than a menu. */
export const roleFor = (items: readonly unknown[]) => (items.length > MANY ? 'dialog' : 'menu');

interface FoundProps<T> {
  title: string;
  /** What the field that looks them up is called. */
  search: string;
  items: T[];
  /** What words are looked for in. */
  textOf: (item: T) => string;
  /** What stands before them, whatever is looked for. */
  own?: ReactNode;
  children: (item: T) => ReactNode;
}

/** The choices of a menu, with a field that narrows them down when there are many. */
export function Found<T>({ title, search, items, textOf, own, children }: FoundProps<T>) {
  const [words, setWords] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => field.current?.focus(), []);
  const wanted = words.toLowerCase().split(/\s+/);
  const found = items.filter((item) => wanted.every((word) => textOf(item).toLowerCase().includes(word)));
  const many = items.length > MANY;
  return (
    <>
      {many && (
        <input
          ref={field}
          type="search"
          value={words}
          aria-label={search}
          placeholder={search}
          onChange={(event) => setWords(event.target.value)}
          onKeyDown={(event) => {
            // The menu takes these for itself.
            if (event.key === 'Home' || event.key === 'End') event.stopPropagation();
          }}
          className="mb-1 h-8 w-full min-w-56 rounded-md border border-line bg-transparent px-2 outline-none placeholder:text-fg-3 focus:border-accent"
        />
      )}
      <div role={many ? 'menu' : 'group'} aria-label={title} className="scroll-thin max-h-72 max-w-96 overflow-y-auto">
        {own}
        {found.map(children)}
      </div>
      {found.length === 0 && (
        <p role="status" className="px-2 py-1.5 text-12 text-fg-3">
          {t('search.none')}
        </p>
      )}
    </>
  );
}

interface FoundModelsProps {
  models: Model[];
  own?: ReactNode;
  children: (model: Model) => ReactNode;
}

export function FoundModels({ models, own, children }: FoundModelsProps) {
  return (
    <Found title={t('models.title')} search={t('models.search')} items={models} textOf={({ id }) => id} own={own}>
      {children}
    </Found>
  );
}

interface ChoiceProps {
  label: string;
  checked: boolean;
  onClick: () => void;
}

export function MenuCheck({ label, checked, onClick }: ChoiceProps) {
  return (
    <button
      type="button"
      role="menuitemcheckbox"
      aria-checked={checked}
      tabIndex={-1}
      onClick={onClick}
      className="flex h-8 w-full items-center gap-2 rounded-md px-2 text-start select-none hover:bg-surface-3 focus:bg-surface-3 focus:outline-none"
    >
      <span aria-hidden="true" className={cx('size-3.5 shrink-0 rounded-sm border', checked ? 'border-accent bg-accent' : 'border-line-strong')} />
      <span className="truncate">{label}</span>
    </button>
  );
}

/** The flow's own models, by name when it is one. */
export function OwnModel({ flow, ...rest }: { flow: string | undefined } & Omit<ChoiceProps, 'label'>) {
  const byDefault = useQuery(modelsQuery).data?.default;
  const { data } = useQuery(publishedQuery(flow));
  const model = data && byDefault ? writesWith(data.nodes ?? [], byDefault) : null;
  return <MenuCheck {...rest} label={model ? t('models.own', { model }) : t('models.flow')} />;
}
