import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { BookmarkPlus, X } from 'lucide-react';
import { useState } from 'react';
import { meQuery } from '@/features/session/api';
import { t } from '@/i18n';
import { Button, IconButton } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Dialog, DialogForm } from '@/ui/dialog';
import { Field, Input } from '@/ui/field';
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
  const [naming, setNaming] = useState(false);
  const keep = (next: typeof views) => {
    setViews(next);
    writeViews(person, workspace, next);
  };
  const savable = isFiltered(filter) && !views.some((view) => sameFilter(view.filter, filter));
  return (
    <>
      {views.length > 0 && (
        <ul aria-label={tr('views.label')} className="ms-auto flex flex-wrap gap-1.5">
          {views.map((view) => {
            const shown = sameFilter(view.filter, filter);
            return (
              <li key={view.name} data-testid="view" className={cx('flex h-7 items-center rounded-md border', shown ? 'border-accent bg-accent-soft' : 'border-line-strong bg-surface')}>
                <Link to="/runs" search={view.filter} aria-current={shown ? 'true' : undefined} className="rounded-md ps-2.5 pe-1 text-12 hover:underline">
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
      {savable && (
        <Button size="sm" kind="ghost" className={views.length === 0 ? 'ms-auto' : undefined} onClick={() => setNaming(true)}>
          <BookmarkPlus size={14} />
          {tr('views.save')}
        </Button>
      )}
      {naming && (
        <NameDialog
          onClose={() => setNaming(false)}
          onName={(name) => {
            keep(withView(views, { name, filter }));
            setNaming(false);
          }}
        />
      )}
    </>
  );
}

function NameDialog({ onClose, onName }: { onClose: () => void; onName: (name: string) => void }) {
  const [name, setName] = useState('');
  const sending = { isPending: false, error: null, mutate: () => onName(name) };
  return (
    <Dialog open onOpenChange={onClose} title={tr('views.save')} description={tr('views.where')}>
      <DialogForm action={t('action.save')} sending={sending} disabled={!name.trim()} onCancel={onClose}>
        <Field label={tr('views.name')}>
          {(ids) => <Input {...ids} autoFocus required maxLength={MOST_NAME} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
      </DialogForm>
    </Dialog>
  );
}
