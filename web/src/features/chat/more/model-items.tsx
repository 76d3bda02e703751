import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import type { Model } from '@/api/types';
import { modelsQuery } from '@/features/settings/models-api';
import { cx } from '@/ui/cx';
import { publishedQuery, writesWith } from './own-model';
import { t } from './words';

/** With more models than this, they are looked for by name. */
const MANY = 10;

/** What a menu of models is: one with a field to look them up is more than a menu. */
export const roleFor = (models: Model[]) => (models.length > MANY ? 'dialog' : 'menu');

interface FoundProps {
  models: Model[];
  /** What stands before them, whatever is looked for. */
  own?: ReactNode;
  children: (model: Model) => ReactNode;
}

/** The models of a menu, with a field that narrows them down when there are many. */
export function FoundModels({ models, own, children }: FoundProps) {
  const [words, setWords] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => field.current?.focus(), []);
  const wanted = words.toLowerCase().split(/\s+/);
  const found = models.filter(({ id }) => wanted.every((word) => id.toLowerCase().includes(word)));
  const many = models.length > MANY;
  return (
    <>
      {many && (
        <input
          ref={field}
          type="search"
          value={words}
          aria-label={t('models.search')}
          placeholder={t('models.search')}
          onChange={(event) => setWords(event.target.value)}
          onKeyDown={(event) => {
            // The menu takes these for itself.
            if (event.key === 'Home' || event.key === 'End') event.stopPropagation();
          }}
          className="mb-1 h-8 w-full min-w-56 rounded-md border border-line bg-transparent px-2 outline-none placeholder:text-fg-3 focus:border-accent"
        />
      )}
      <div role={many ? 'menu' : 'group'} aria-label={t('models.title')} className="scroll-thin max-h-72 max-w-96 overflow-y-auto">
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

interface ChoiceProps {
  label: string;
  checked: boolean;
  onClick: () => void;
}

export function ModelChoice({ label, checked, onClick }: ChoiceProps) {
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
  return <ModelChoice {...rest} label={model ? t('models.own', { model }) : t('models.flow')} />;
}
