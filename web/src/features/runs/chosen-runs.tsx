import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { GitCompareArrows, Square, StepForward } from 'lucide-react';
import { useState } from 'react';
import { usePermission } from '@/features/session/api';
import { Button, buttonClass } from '@/ui/button';
import { ConfirmDialog } from '@/ui/dialog';
import { toast } from '@/ui/toast';
import { cancelRun, isOver, retryRun, type Run } from './api';
import { tr, trn } from './words';

/** Does one thing with runs, one after the other; those that refuse do not stop the others. */
async function each(runs: Run[], act: (id: string) => Promise<Run>): Promise<{ done: number; refused: string[] }> {
  const refused: string[] = [];
  for (const { id } of runs) {
    try {
      await act(id);
    } catch (error) {
      refused.push(error instanceof Error ? error.message : String(error));
    }
  }
  return { done: runs.length - refused.length, refused };
}

/** What can be done with the rows that were chosen: two are compared, going ones cancelled, failed ones retried. */
export function ChosenRuns({ runs, onNone }: { runs: Run[]; onNone: () => void }) {
  const mayStart = usePermission('runs.start');
  const [asking, setAsking] = useState(false);
  const going = runs.filter((run) => !isOver(run));
  const failed = runs.filter(({ status }) => status === 'failed');
  const act = useMutation({
    mutationFn: (what: 'cancel' | 'retry') => (what === 'cancel' ? each(going, cancelRun) : each(failed, retryRun)),
    onSuccess: ({ done, refused }, what) => {
      setAsking(false);
      if (done > 0) toast.success(trn(what === 'cancel' ? 'runs.cancelled' : 'runs.retried', done));
      if (refused[0]) toast.error(refused[0]);
      else onNone();
    },
  });
  // The list has the newest first; the older one of two comes first.
  const pair = runs.map(({ id }) => id).toReversed().join('..');
  return (
    <div className="sticky bottom-4 z-10 mt-3 flex justify-center">
      <div className="flex flex-wrap items-center gap-2 rounded-lg border border-line-strong bg-surface px-3 py-2 shadow-pop">
        <span role="status" className="num me-1">
          {trn('runs.chosen', runs.length)}
        </span>
        {runs.length === 2 ? (
          <Link to="/runs/$id" params={{ id: pair }} className={buttonClass('primary', 'sm')}>
            <GitCompareArrows size={13} aria-hidden="true" />
            {tr('runs.compare')}
          </Link>
        ) : (
          <span className="text-12 text-fg-2">{tr('runs.compare.two')}</span>
        )}
        {mayStart && going.length > 0 && (
          <Button size="sm" disabled={act.isPending} onClick={() => setAsking(true)}>
            <Square size={12} />
            {trn('runs.cancel', going.length)}
          </Button>
        )}
        {mayStart && failed.length > 0 && (
          <Button size="sm" title={tr('run.retry.hint')} busy={act.isPending && act.variables === 'retry'} disabled={act.isPending} onClick={() => act.mutate('retry')}>
            <StepForward size={13} />
            {trn('runs.retry', failed.length)}
          </Button>
        )}
        <Button size="sm" kind="ghost" onClick={onNone}>
          {tr('runs.choose.none')}
        </Button>
      </div>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={trn('runs.cancel.sure', going.length)}
        text={tr('runs.cancel.text')}
        action={trn('runs.cancel', going.length)}
        busy={act.isPending}
        onConfirm={() => act.mutate('cancel')}
      />
    </div>
  );
}
