import { lazy, Suspense } from 'react';
import type { Me } from '@/api/types';
import { t, withWords } from '@/i18n';
import { cx } from '@/ui/cx';
import { Menu } from '@/ui/menu';

// Looked at now and then: fetched when somebody reaches for it.
const items = withWords(() => import('./person-items'));
const PersonItems = lazy(items);

export function PersonMenu({ me, narrow }: { me: Me; narrow: boolean }) {
  const name = me.user?.name ?? t('person.unknown');
  return (
    <Menu
      align="start"
      side="top"
      trigger={
        <button
          type="button"
          aria-label={t('person.menu', { name })}
          title={narrow ? name : undefined}
          onPointerEnter={() => void items()}
          onFocus={() => void items()}
          className={cx(
            'flex h-9 w-full items-center gap-2 rounded-md text-start transition-colors hover:bg-surface-3',
            narrow ? 'justify-center' : 'px-1.5',
          )}
        >
          <span
            aria-hidden="true"
            className="flex size-6 items-center justify-center rounded-full bg-accent-soft text-11 font-semibold text-accent"
          >
            {name.slice(0, 1).toUpperCase()}
          </span>
          {!narrow && <span className="min-w-0 flex-1 truncate">{name}</span>}
        </button>
      }
    >
      <Suspense>
        <PersonItems me={me} />
      </Suspense>
    </Menu>
  );
}
