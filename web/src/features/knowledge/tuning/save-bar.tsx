import { useState } from 'react';
import type { KnowledgeBase, KnowledgeBaseChanges } from '../api';
import { Button } from '@/ui/button';
import { Dialog, DialogActions } from '@/ui/dialog';
import { ProblemBox } from '@/ui/problem';
import { type Consequence, consequencesOf } from './settings-draft';
import { t, tn } from './words';

interface SaveBarProps {
  base: KnowledgeBase;
  changes: KnowledgeBaseChanges;
  saving: { isPending: boolean; error: unknown; mutate: () => void };
  disabled: boolean;
  onDiscard: () => void;
}

/** What starts work in the background is said once more before it starts. */
const HEAVY = new Set<Consequence>(['cut', 'embed', 'forgetVectors']);

/** Stands at the foot of the settings while something is not saved, and says what saving sets off. */
export function SaveBar({ base, changes, saving, disabled, onDiscard }: SaveBarProps) {
  const [asking, setAsking] = useState(false);
  if (Object.keys(changes).length === 0) return null;
  const all = consequencesOf(base, changes);
  const said: Record<Consequence, () => string> = {
    cut: () => tn('causes.cut', base.documents),
    embed: () => t('causes.embed', { model: changes.embedding_model ?? '', chunks: tn('count.chunks', base.chunks), now: base.searched_model ?? t('causes.words') }),
    forgetVectors: () => t('causes.forgetVectors'),
    search: () => t('causes.search'),
  };
  const list = (
    <ul className="list-disc ps-4 text-fg-2">
      {all.map((one) => (
        <li key={one}>{said[one]()}</li>
      ))}
    </ul>
  );
  const heavy = all.some((one) => HEAVY.has(one));
  return (
    <div className="sticky bottom-3 z-10 flex flex-wrap items-center gap-3 rounded-lg border border-line-strong bg-surface px-4 py-3 shadow-pop" role="region" aria-label={t('save.title')} data-testid="save-bar">
      <div className="min-w-0 flex-1 basis-72">
        <p className="font-medium">{t('save.title')}</p>
        {all.length > 0 && <div className="max-sm:hidden">{list}</div>}
        {Boolean(saving.error) && !asking && <ProblemBox error={saving.error} className="mt-2" />}
      </div>
      <Button onClick={onDiscard}>{t('save.discard')}</Button>
      <Button kind="primary" busy={saving.isPending} disabled={disabled} onClick={() => (heavy ? setAsking(true) : saving.mutate())}>
        {t('action.save')}
      </Button>
      <Dialog open={asking} onOpenChange={setAsking} title={t('save.sure')}>
        <div className="mb-4">{list}</div>
        {Boolean(saving.error) && <ProblemBox error={saving.error} className="mb-4" />}
        <DialogActions onCancel={() => setAsking(false)}>
          <Button kind="primary" busy={saving.isPending} onClick={() => saving.mutate()}>
            {t('save.do')}
          </Button>
        </DialogActions>
      </Dialog>
    </div>
  );
}
