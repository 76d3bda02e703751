import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { BookmarkPlus, X } from 'lucide-react';
import { useState } from 'react';
import { meQuery } from '@/features/session/api';
import { t } from '@/i18n';
import { Button, IconButton } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Input } from '@/ui/field';
import { isFiltered, type RunFilter } from './api';
import { MOST_NAME, readViews, sameFilter, withView, writeViews } from './saved-views';
import { tr } from './words';

/** Named filters: each is a link, because the address says what is shown. */
export function ViewChips({ filter }: { filter: RunFilter }) {
  const { data: me } = useQuery(meQuery);
  if (!me) return null;
  const [person, workspace] = [me.user?.id ?? 'nobody', me.workspace.id];
  return <Chips key={`${person} ${workspace}`} person={person} workspace={workspace} filter={filter} />;
}

function Chips({ person, workspace, filter }: { person: string; workspace: string; filter: RunFilter }) {
  const [views, setViews] = useState(() => readViews(person, workspace));
  const [name, setName] = useState<string | null>(null);
  const keep = (next: typeof views) => {
    setViews(next);
    writeViews(person, workspace, next);
  };
  const savable = isFiltered(filter) && !views.some((view) => sameFilter(view.filter, filter));
  if (views.length === 0 && !savable) return null;
  return (
    <div className="mb-4 flex flex-wrap items-center gap-2">
      {views.length > 0 && (
        <ul aria-label={tr('views.label')} className="flex flex-wrap gap-2">
          {views.map((view) => {
            const shown = sameFilter(view.filter, filter);
            return (
              <li key={view.name} data-testid="view" className={cx('flex items-center rounded-md border', shown ? 'border-accent bg-accent-soft' : 'border-line-strong bg-surface')}>
                <Link to="/runs" search={view.filter} aria-current={shown ? 'true' : undefined} className="rounded-md py-1 ps-2.5 pe-1 hover:underline">
                  {view.name}
                </Link>
                <IconButton small label={tr('views.remove', { name: view.name })} onClick={() => keep(views.filter((one) => one !== view))}>
                  <X size={13} />
                </IconButton>
              </li>
            );
          })}
        </ul>
      )}
      {savable && name === null && (
        <Button size="sm" kind="ghost" onClick={() => setName('')}>
          <BookmarkPlus size={14} />
          {tr('views.save')}
        </Button>
      )}
      {savable && name !== null && (
        <form
          className="flex flex-wrap items-center gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            keep(withView(views, { name, filter }));
            setName(null);
          }}
        >
          <Input
            autoFocus
            required
            aria-label={tr('views.name')}
            placeholder={tr('views.name')}
            className="h-7 w-44"
            maxLength={MOST_NAME}
            value={name}
            onChange={(event) => setName(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape') setName(null);
            }}
          />
          <Button type="submit" size="sm" disabled={!name.trim()}>
            {t('action.save')}
          </Button>
          <span className="text-12 text-fg-2">{tr('views.where')}</span>
        </form>
      )}
    </div>
  );
}
