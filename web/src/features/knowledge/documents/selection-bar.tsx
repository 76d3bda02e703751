import { useMutation } from '@tanstack/react-query';
import type { Document } from '@/api/types';
import { Button } from '@/ui/button';
import { toast } from '@/ui/toast';
import { retryFailed } from '../api';
import { t, tn } from '../words';
import { fitFor, type useDeeds } from './use-deeds';

interface SelectionBarProps {
  knowledgeBaseId: string;
  shown: readonly Document[];
  picked: readonly Document[];
  failed: number;
  deeds: ReturnType<typeof useDeeds>;
  onChoose: (ids: Iterable<string>) => void;
  onAsk: (deed: 'delete' | 'say') => void;
}

/** What can be done to all selected documents at once, and to all that failed. */
export function SelectionBar({ knowledgeBaseId, shown, picked, failed, deeds, onChoose, onAsk }: SelectionBarProps) {
  const retryAll = useMutation({
    mutationFn: () => retryFailed(knowledgeBaseId),
    onSuccess: (count) => toast.success(tn('documents.retried', count)),
    onError: (error) => toast.error(error.message),
  });
  const again = picked.filter(fitFor.retry);
  const stoppable = picked.filter(fitFor.cancel);
  const kept = picked.length - picked.filter(fitFor.delete).length;
  const ids = new Set(picked.map(({ id }) => id));
  const all = picked.length > 0 && shown.every(({ id }) => ids.has(id));
  return (
    <div className="flex min-h-8 flex-wrap items-center gap-2 ps-3 sm:ps-4" data-testid="selection">
      <label className="flex items-center gap-3">
        <input
          type="checkbox"
          className="size-4 accent-accent"
          aria-label={t('documents.selectAll')}
          checked={all}
          ref={(box) => {
            if (box) box.indeterminate = picked.length > 0 && !all;
          }}
          onChange={() => onChoose(all ? [] : shown.map(({ id }) => id))}
        />
        <span className="num text-fg-2" role="status">
          {deeds.text ?? (picked.length > 0 ? tn('documents.selected', picked.length) : t('documents.selectAll'))}
        </span>
      </label>
      {picked.length > 0 && (
        <>
          {again.length > 0 && (
            <Button size="sm" disabled={deeds.isPending} onClick={() => void deeds.retry(again)}>
              {t('action.retry')}
            </Button>
          )}
          {stoppable.length > 0 && (
            <Button size="sm" disabled={deeds.isPending} onClick={() => void deeds.cancel(stoppable)}>
              {t('documents.stop')}
            </Button>
          )}
          <Button size="sm" disabled={deeds.isPending} onClick={() => onAsk('say')}>
            {t('metadata.set')}
          </Button>
          {kept > 0 && <span className="text-12 text-fg-2">{tn('documents.ofSource', kept)}</span>}
          <Button size="sm" kind="danger" disabled={deeds.isPending || kept === picked.length} onClick={() => onAsk('delete')}>
            {t('action.delete')}
          </Button>
        </>
      )}
      {picked.length === 0 && failed > 0 && (
        <Button size="sm" className="ms-auto" busy={retryAll.isPending} onClick={() => retryAll.mutate()}>
          {tn('documents.retryFailed', failed)}
        </Button>
      )}
    </div>
  );
}
