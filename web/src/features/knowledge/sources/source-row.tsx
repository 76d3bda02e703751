import { useMutation } from '@tanstack/react-query';
import { Database, Ellipsis, FolderOpen, Globe, Pause, Pencil, Play, RefreshCw, Rss, Trash2, X } from 'lucide-react';
import { formatAgo, formatDateTime, formatNumber } from '@/i18n/format';
import { Badge } from '@/ui/badge';
import { Button, IconButton } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Menu, MenuItem } from '@/ui/menu';
import { Progress } from '@/ui/progress';
import { toast } from '@/ui/toast';
import { placeOf } from './draft';
import { cancelSync, changeSource, isUnderWay, type Source, type Sync, syncNow } from './sources-api';
import { Counts, farOf, SyncBadge } from './sync-parts';
import { t, tn } from './words';

const ICONS = { website: Globe, feed: Rss, folder: FolderOpen, bucket: Database };

interface SourceRowProps {
  source: Source;
  mayWrite: boolean;
  opened: boolean;
  onOpen: () => void;
  onAsk: (what: 'edit' | 'remove' | 'removeMany') => void;
}

/** A source in the list: what it is, how its latest sync stands, and what can be done about it. */
export function SourceRow({ source, mayWrite, opened, onOpen, onAsk }: SourceRowProps) {
  const { name, settings, documents, paused, last_sync: sync } = source;
  const onError = (error: Error) => toast.error(error.message);
  const look = useMutation({ mutationFn: () => syncNow(source, false), onError });
  const cancel = useMutation({ mutationFn: () => cancelSync(source), onError });
  const pause = useMutation({ mutationFn: () => changeSource(source, { paused: !paused }), onError });
  const under = isUnderWay(sync);
  const Icon = ICONS[settings.kind];
  const place = placeOf(settings);
  return (
    <li className={cx('px-4 py-3', opened && 'bg-accent-soft')} data-testid="source" data-name={name} data-status={sync?.status ?? 'none'}>
      <div className="flex items-start gap-3">
        <Icon size={16} className="mt-0.5 shrink-0 text-fg-3" aria-label={t(`kind.${settings.kind}`)} role="img" />
        <div className="min-w-0 flex-1">
          <button type="button" aria-pressed={opened} className="block max-w-full truncate rounded-sm text-start font-medium hover:text-accent" title={name} onClick={onOpen}>
            {name}
          </button>
          <p className="num flex flex-wrap gap-x-3 text-12 text-fg-3">
            {place !== name && <span className="max-w-full truncate">{place}</span>}
            <span>{tn('count.documents', documents)}</span>
            <When source={source} />
          </p>
        </div>
        {sync && sync.status !== 'succeeded' && !under && <SyncBadge sync={sync} />}
        {paused && <Badge tone="warn">{t('source.paused')}</Badge>}
        {mayWrite && (
          <div className="flex shrink-0 items-center gap-1">
            {under ? (
              <IconButton small label={t('source.cancel', { name })} disabled={cancel.isPending} onClick={() => cancel.mutate()}>
                <X size={14} />
              </IconButton>
            ) : (
              <Button size="sm" aria-label={t('source.syncOf', { name })} busy={look.isPending} onClick={() => look.mutate()}>
                <RefreshCw size={13} />
                <span className="max-sm:hidden">{t('source.sync')}</span>
              </Button>
            )}
            <Menu
              trigger={
                <IconButton small label={t('source.actions', { name })}>
                  <Ellipsis size={15} />
                </IconButton>
              }
            >
              <MenuItem icon={<Pencil size={14} />} onSelect={() => onAsk('edit')}>
                {t('action.edit')}
              </MenuItem>
              <MenuItem icon={paused ? <Play size={14} /> : <Pause size={14} />} onSelect={() => pause.mutate()}>
                {paused ? t('source.resume') : t('source.pause')}
              </MenuItem>
              {!under && (
                <MenuItem icon={<RefreshCw size={14} />} onSelect={() => onAsk('removeMany')}>
                  {t('source.removeMany')}
                </MenuItem>
              )}
              <MenuItem icon={<Trash2 size={14} />} danger onSelect={() => onAsk('remove')}>
                {t('source.remove')}
              </MenuItem>
            </Menu>
          </div>
        )}
      </div>
      {sync && <div className="mt-1 ps-7">{under ? <Far sync={sync} /> : <Came sync={sync} />}</div>}
    </li>
  );
}

/** When a source is looked at by itself, and when next. */
function When({ source: { schedule, next_at, paused } }: { source: Source }) {
  if (!schedule) return <span>{t('source.never')}</span>;
  return (
    <>
      <span>{schedule.every ? t('source.every', { time: schedule.every }) : `${schedule.cron ?? ''} ${schedule.time_zone ?? 'UTC'}`}</span>
      {next_at && !paused && (
        <time dateTime={next_at} title={formatDateTime(next_at)}>
          {t('source.next', { when: formatAgo(next_at) })}
        </time>
      )}
    </>
  );
}

/** How far a sync is that is under way. */
function Far({ sync }: { sync: Sync }) {
  const { done, all } = farOf(sync);
  const label = sync.status === 'queued' ? t('sync.queued') : t('sync.far', { done: formatNumber(done), all: formatNumber(all) });
  return (
    <div className="num flex flex-wrap items-center gap-x-3 gap-y-1 text-12 text-fg-2" role="status">
      <span className="w-40 max-w-full">
        <Progress value={all > 0 ? done / all : 0} label={label} />
      </span>
      <span>{label}</span>
      {done > 0 && <Counts counts={sync.counts} />}
    </div>
  );
}

/** What came of a sync that is over. */
function Came({ sync }: { sync: Sync }) {
  const ended = sync.finished_at ?? sync.created_at;
  return (
    <>
      <div className="flex flex-wrap gap-x-3 text-12">
        <time className="text-fg-3" dateTime={ended} title={formatDateTime(ended)}>
          {t('source.last', { when: formatAgo(ended) })}
        </time>
        {sync.status !== 'failed' && <Counts counts={sync.counts} />}
      </div>
      {sync.error && <p className="mt-0.5 text-12 break-words text-bad">{sync.error.message}</p>}
      {sync.notes.map((note) => (
        <p key={note} className="mt-0.5 text-12 break-words text-warn">
          {note}
        </p>
      ))}
    </>
  );
}
