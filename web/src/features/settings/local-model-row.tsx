import { useMutation, useQuery } from '@tanstack/react-query';
import { LoaderCircle, Trash2 } from 'lucide-react';
import { useEffect, useState } from 'react';
import { asApiError } from '@/api/errors';
import { knowledgeBasesQuery } from '@/features/knowledge/api';
import { formatAgo, formatBytes, formatDateTime, formatNumber } from '@/i18n/format';
import { Button, IconButton } from '@/ui/button';
import { ConfirmDialog } from '@/ui/dialog';
import { ProblemBox } from '@/ui/problem';
import { brokeOff, clock } from './hub-name';
import { type LocalModel, removeLocalModel, type Wanted } from './local-models-api';
import { tm } from './models-words';

export function LocalModelRow({ model, mayInstall }: { model: LocalModel; mayInstall: boolean }) {
  const [removing, setRemoving] = useState(false);
  const { id, name, source, revision, dimensions, max_tokens, files, added_at } = model;
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return (
    <li className="flex items-center gap-3 px-4 py-2.5" data-testid="local-model" data-name={name}>
      <div className="min-w-0 flex-1">
        <p className="font-mono text-12 font-medium break-all">{id}</p>
        <p className="num text-12 text-fg-2">
          {tm('local.about', { dimensions: formatNumber(dimensions), tokens: formatNumber(max_tokens), size: formatBytes(bytes) })}
        </p>
        <p className="text-12 text-fg-3">
          <span className="font-mono text-11 break-all">
            {source}
            {revision && <span title={revision}>@{revision.slice(0, 8)}</span>}
          </span>
          {' · '}
          <time dateTime={added_at} title={formatDateTime(added_at)}>
            {tm('local.added', { when: formatAgo(added_at) })}
          </time>
        </p>
      </div>
      {mayInstall && (
        <IconButton label={tm('local.remove', { model: id })} onClick={() => setRemoving(true)}>
          <Trash2 size={15} />
        </IconButton>
      )}
      {removing && <Remove model={model} onClose={() => setRemoving(false)} />}
    </li>
  );
}

/** Asks once more, and says which knowledge bases search with it. */
function Remove({ model: { id, name }, onClose }: { model: LocalModel; onClose: () => void }) {
  const bases = useQuery(knowledgeBasesQuery);
  const remove = useMutation({ mutationFn: () => removeLocalModel(name), onSuccess: onClose });
  const users = bases.data?.filter(({ embedding_model, searched_model }) => embedding_model === id || searched_model === id);
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={tm('local.remove.title', { model: id })}
      text={
        <>
          <p>
            {!users && (bases.error ? tm('local.remove.unknown') : tm('local.remove.looking'))}
            {users?.length === 0 && tm('local.remove.unused')}
            {users && users.length > 0 && tm('local.remove.used', { names: users.map((base) => base.name).join(', ') })}
          </p>
          <p className="mt-2">{tm('local.remove.others')}</p>
        </>
      }
      action={tm('local.remove.action')}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
    />
  );
}

interface FetchRowProps {
  wanted: Wanted;
  since: number;
  error: Error | null;
  onForget: () => void;
  onAgain: () => void;
}

/** A model that is being fetched, or why it did not come. */
export function FetchRow({ wanted: { name, called }, since, error, onForget, onAgain }: FetchRowProps) {
  return (
    <li className="px-4 py-2.5" data-testid="local-fetch" data-name={called}>
      <div className="flex items-center gap-3">
        {!error && <LoaderCircle size={14} className="shrink-0 animate-spin text-fg-3" aria-hidden="true" />}
        <p className="min-w-0 flex-1 font-mono text-12 font-medium break-all">local/{called}</p>
        {!error && (
          <>
            <Since since={since} />
            <Button size="sm" onClick={onForget}>
              {tm('local.stop')}
            </Button>
          </>
        )}
      </div>
      {!error && (
        <p role="status" className="mt-1 max-w-[62ch] text-12 break-words text-fg-2">
          {tm('local.fetching', { name })}
        </p>
      )}
      {error && (
        <>
          <ProblemBox error={error} className="mt-2" />
          {brokeOff(asApiError(error)) && <p className="mt-2 text-12 text-fg-2">{tm('local.brokeOff', { name })}</p>}
          <div className="mt-2 flex gap-2">
            <Button size="sm" onClick={onAgain}>
              {tm('local.again')}
            </Button>
            <Button size="sm" kind="ghost" onClick={onForget}>
              {tm('local.dismiss')}
            </Button>
          </div>
        </>
      )}
    </li>
  );
}

/** How long it takes so far: all that is known of how far it is. */
function Since({ since }: { since: number }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return <span className="num shrink-0 font-mono text-12 text-fg-3">{clock((now - since) / 1000)}</span>;
}
