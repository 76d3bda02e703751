import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { formatAgo, formatDateTime } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Input } from '@/ui/field';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { type Run, runsQuery } from '../api';
import { StatusBadge } from '../status';
import { td } from './words';

const RUN_ID = /^run_[0-9a-z]+$/i;
const words = (run: Run) => `${run.flow_name} ${run.id} ${JSON.stringify(run.input).slice(0, 2000)} ${run.reply.slice(0, 2000)}`.toLowerCase();

/** Asks which run to compare one with: the one before it, or any other. */
export default function CompareDialog({ run, onClose }: { run: Run; onClose: () => void }) {
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const [own, setOwn] = useState(run.flow_id !== null && run.flow_id !== undefined);
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(runsQuery({ flow: own ? (run.flow_id ?? undefined) : undefined }));
  const others = (data?.pages.flatMap((page) => page.items) ?? []).filter(({ id }) => id !== run.id);
  const wanted = text.trim().toLowerCase();
  const found = others.filter((one) => words(one).includes(wanted));
  const previous = wanted === '' && own ? others.find((one) => one.created_at <= run.created_at) : undefined;
  // The older of the two comes first, so that what is new is what was added.
  const compare = (id: string, created: string | null) => {
    onClose();
    const pair = created !== null && created > run.created_at ? [run.id, id] : [id, run.id];
    void navigate({ to: '/runs/$id', params: { id: pair.join('..') }, search: {} });
  };
  const named = RUN_ID.test(wanted) && found.length === 0 && wanted !== run.id;
  return (
    <Dialog open onOpenChange={onClose} title={td('compare.title')}>
      <div className="flex flex-col gap-3">
        <Input
          type="search"
          autoFocus
          aria-label={td('compare.search')}
          placeholder={td('compare.search')}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && named) compare(wanted, null);
          }}
        />
        {run.flow_id && (
          <label className="flex items-center gap-2">
            <input type="checkbox" className="size-3.5 accent-(--accent)" checked={own} onChange={(event) => setOwn(event.target.checked)} />
            {td('compare.same')}
          </label>
        )}
        {error && <ProblemBox error={error} />}
        {!data && !error && <SkeletonRows rows={3} />}
        {previous && (
          <section>
            <h3 className="mb-1 text-12 font-medium text-fg-2">{td('compare.previous')}</h3>
            <Choice run={previous} onChoose={() => compare(previous.id, previous.created_at)} />
          </section>
        )}
        {named && (
          <Button className="self-start font-mono text-12" onClick={() => compare(wanted, null)}>
            {wanted}
          </Button>
        )}
        {data && found.length === 0 && !named && <p className="text-fg-2">{td('compare.none')}</p>}
        {found.some((one) => one !== previous) && (
          <section>
            <h3 className="mb-1 text-12 font-medium text-fg-2">{td('compare.all')}</h3>
            <ul className="scroll-thin flex max-h-64 flex-col gap-1 overflow-y-auto p-0.5">
              {found
                .filter((one) => one !== previous)
                .map((one) => (
                  <li key={one.id}>
                    <Choice run={one} onChoose={() => compare(one.id, one.created_at)} />
                  </li>
                ))}
            </ul>
          </section>
        )}
        {hasNextPage && (
          <Button size="sm" className="self-center" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {td('compare.older')}
          </Button>
        )}
      </div>
    </Dialog>
  );
}

function Choice({ run, onChoose }: { run: Run; onChoose: () => void }) {
  return (
    <button type="button" data-testid="compare-choice" onClick={onChoose} className="block w-full rounded-md border border-line px-3 py-1.5 text-start transition-colors hover:bg-surface-2">
      <span className="flex items-center gap-2">
        <span className="min-w-0 flex-1 truncate font-medium">{run.flow_name}</span>
        <StatusBadge status={run.status} />
        <time dateTime={run.created_at} title={formatDateTime(run.created_at)} className="num text-12 text-fg-2">
          {formatAgo(run.created_at)}
        </time>
      </span>
      <span className="mt-0.5 block truncate font-mono text-11 text-fg-2">{run.reply || JSON.stringify(run.input)}</span>
    </button>
  );
}
