import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Eye, GitCompareArrows } from 'lucide-react';
import { useState } from 'react';
import { retold, said } from '@/features/said/said';
import { formatAgo, formatDateTime } from '@/i18n/format';
import { Badge } from '@/ui/badge';
import { Button, buttonClass } from '@/ui/button';
import { cx } from '@/ui/cx';
import { ConfirmDialog } from '@/ui/dialog';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { toast } from '@/ui/toast';
import { Diff } from './diff-list';
import { diffQuery, revisionDocument, revisionsQuery, type RevisionSummary, rollBack } from './later-api';
import { fromWire } from './model';
import { useRoom } from './store';
import { useNames } from './who';
import { tl } from './late-words';
import { te } from './words';

/** Every published revision, what the draft changes about each, and the way back to it. */
export function VersionsTab({ published, saved }: { published: number | null; saved: boolean }) {
  const { slug } = useRoom();
  const { data, error, refetch } = useQuery(revisionsQuery(slug));
  const [chosen, setChosen] = useState<number | null>(null);
  const revisions = data?.items ?? [];
  const shown = revisions.find(({ number }) => number === chosen) ?? revisions[0];
  if (error) return <ProblemBox error={retold(error)} onRetry={() => void refetch()} className="m-3" />;
  if (!data) {
    return (
      <div className="p-4">
        <SkeletonRows rows={2} />
      </div>
    );
  }
  if (!shown) return <p className="p-4 text-fg-2">{tl('versions.none')}</p>;
  return (
    <div className="flex min-h-full flex-col md:h-full md:flex-row">
      <ul aria-label={te('dock.versions')} className="scroll-thin shrink-0 border-line py-1 max-md:border-b md:w-72 md:overflow-y-auto md:border-e">
        {revisions.map((revision) => (
          <li key={revision.number}>
            <Row revision={revision} live={revision.number === published} chosen={revision === shown} onChoose={() => setChosen(revision.number)} />
          </li>
        ))}
      </ul>
      <div className="scroll-thin min-w-0 flex-1 p-4 md:overflow-y-auto" tabIndex={-1}>
        <Compare key={`${shown.number} ${saved}`} revision={shown} live={shown.number === published} saved={saved} />
      </div>
    </div>
  );
}

interface RowProps {
  revision: RevisionSummary;
  live: boolean;
  chosen: boolean;
  onChoose: () => void;
}

function Row({ revision, live, chosen, onChoose }: RowProps) {
  const { number, message, by, restores, created_at: at } = revision;
  const nameOf = useNames();
  const said = message ?? (restores ? tl('versions.restores', { number: restores }) : '');
  return (
    <button
      type="button"
      aria-pressed={chosen}
      data-testid="revision"
      onClick={onChoose}
      className={cx('block w-full px-4 py-1.5 text-start transition-colors focus-visible:-outline-offset-2', chosen ? 'bg-surface-3' : 'hover:bg-surface-2')}
    >
      <span className="flex items-center gap-2">
        <span className="num font-medium">{tl('versions.number', { number })}</span>
        {live && <Badge tone="ok">{tl('versions.live')}</Badge>}
        <time dateTime={at} title={formatDateTime(at)} className="num ms-auto text-12 text-fg-2">
          {formatAgo(at)}
        </time>
      </span>
      <span className="block truncate text-12 text-fg-2">{[said, nameOf(by)].filter(Boolean).join(' · ')}</span>
    </button>
  );
}

function Compare({ revision, live, saved }: { revision: RevisionSummary; live: boolean; saved: boolean }) {
  const { slug, editor } = useRoom();
  const { number } = revision;
  const { data, error } = useQuery({ ...diffQuery(slug, String(number), 'draft'), enabled: saved });
  const [asking, setAsking] = useState(false);
  const back = useMutation({
    mutationFn: () => rollBack(slug, number),
    onSuccess: (made) => {
      setAsking(false);
      toast.success(tl('versions.rolledBack', { number, made: made.number }));
    },
  });
  const load = useMutation({
    mutationFn: () => revisionDocument(slug, number),
    onSuccess: (document) => {
      const { slug: _, ...doc } = fromWire(document);
      editor.edit(() => doc);
      toast.success(tl('versions.loaded', { number }));
    },
    onError: (failure) => toast.error(said(failure.message)),
  });
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <h2 className="min-w-0 flex-1 basis-48 font-medium">{tl('versions.compare', { number })}</h2>
        <Link to="/flows/$id/versions/$pair" params={{ id: slug, pair: `${number}..draft` }} className={buttonClass('secondary', 'sm')}>
          <GitCompareArrows size={13} />
          {tl('versions.graph')}
        </Link>
        <Link to="/flows/$id" params={{ id: slug }} search={{ v: number }} className={buttonClass('secondary', 'sm')}>
          <Eye size={13} />
          {tl('versions.show')}
        </Link>
        {!editor.readOnly && (
          <>
            <Button size="sm" busy={load.isPending} onClick={() => load.mutate()}>
              {tl('versions.load')}
            </Button>
            {!live && (
              <Button size="sm" onClick={() => setAsking(true)}>
                {tl('versions.rollBack')}
              </Button>
            )}
          </>
        )}
      </div>
      {error && <ProblemBox error={retold(error)} className="mt-3" />}
      {data ? <Diff diff={data} /> : !error && <p className="mt-3 text-fg-2">{tl('versions.comparing')}</p>}
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={tl('versions.rollBack.title', { number })}
        text={tl('versions.rollBack.text')}
        action={tl('versions.rollBack')}
        busy={back.isPending}
        error={back.error}
        onConfirm={() => back.mutate()}
      />
    </>
  );
}
