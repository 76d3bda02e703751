import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { Inbox, Link2 } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { usePermission } from '@/features/session/api';
import { t } from '@/i18n';
import { formatAgo, formatDateTime } from '@/i18n/format';
import { Button, buttonClass } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Empty, Page } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { toast } from '@/ui/toast';
import { answerWait, type Wait, waitsQuery } from './api';
import { LinkDialog } from './link-dialog';
import { WaitForm } from './wait-form';
import { ti } from './words';

export function InboxPage() {
  const { wait: named } = useSearch({ from: '/app/inbox' });
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(waitsQuery);
  const waits = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Page title={ti('inbox.title')} lead={ti('inbox.lead')}>
      {error && <ProblemBox error={error} onRetry={() => void refetch()} className="mb-4" />}
      {!data && !error && <SkeletonRows />}
      {data && waits.length === 0 && (
        <Empty icon={<Inbox size={28} />} title={ti('inbox.none')} text={ti('inbox.none.text')} />
      )}
      <ul className="flex flex-col gap-4">
        {waits.map((wait) => (
          <WaitCard key={wait.id} wait={wait} named={wait.id === named} />
        ))}
      </ul>
      {hasNextPage && (
        <div className="mt-4 flex justify-center">
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t('action.more')}
          </Button>
        </div>
      )}
    </Page>
  );
}

function WaitCard({ wait, named }: { wait: Wait; named: boolean }) {
  const mayAnswer = usePermission('waits.answer');
  const mayShare = usePermission('waits.share');
  const [linking, setLinking] = useState(false);
  const card = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (named) card.current?.scrollIntoView({ block: 'nearest' });
  }, [named]);
  return (
    <li
      ref={card}
      data-testid="wait"
      className={cx('rounded-lg border bg-surface p-4 md:p-5', named ? 'border-accent-line' : 'border-line')}
    >
      <h2 className="text-14 font-semibold break-words">{wait.title || wait.flow_name}</h2>
      <p className="mb-3 flex flex-wrap gap-x-3 text-12 text-fg-3">
        <span className="break-words">{wait.flow_name}</span>
        <span>{ti('wait.asked', { when: formatAgo(wait.created_at) })}</span>
        {wait.deadline && <span>{ti('wait.deadline', { when: formatDateTime(wait.deadline) })}</span>}
        {wait.assignees.length > 0 && <span className="break-all">{ti('wait.for', { who: wait.assignees.join(', ') })}</span>}
      </p>
      {mayAnswer && (
        <WaitForm
          form={wait}
          send={(reply) => answerWait(wait.id, reply)}
          onDone={() => toast.success(ti('inbox.answered'))}
          beside={
            <span className="flex flex-wrap gap-2 sm:ms-auto">
              {mayShare && (
                <Button kind="ghost" onClick={() => setLinking(true)}>
                  <Link2 size={14} />
                  {ti('inbox.link')}
                </Button>
              )}
              <Link to="/runs/$id" params={{ id: wait.run_id }} className={buttonClass('ghost')}>
                {ti('inbox.run')}
              </Link>
            </span>
          }
        />
      )}
      {linking && <LinkDialog wait={wait} onClose={() => setLinking(false)} />}
    </li>
  );
}
