import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '@/ui/button';
import { Dialog, DialogActions } from '@/ui/dialog';
import { ProblemBox } from '@/ui/problem';
import { removeSource, type Source } from './sources-api';
import { t, tn } from './words';

interface RemoveDialogProps {
  source: Source;
  onClose: () => void;
  onGone: () => void;
}

/** Removes a source, once it is said what becomes of its documents. */
export function RemoveDialog({ source, onClose, onGone }: RemoveDialogProps) {
  const [documents, setDocuments] = useState<'keep' | 'remove'>('keep');
  const remove = useMutation({ mutationFn: () => removeSource(source, documents), onSuccess: onGone });
  return (
    <Dialog open onOpenChange={onClose} title={t('remove.title', { name: source.name })} description={t('remove.text')}>
      <fieldset className="mb-4 flex flex-col gap-3">
        <legend className="mb-2 font-medium">{t('remove.documents')}</legend>
        {(['keep', 'remove'] as const).map((choice) => (
          <label key={choice} className="flex items-start gap-2">
            <input type="radio" name="documents" aria-label={tn(`remove.${choice}`, source.documents)} className="mt-0.5 size-4 shrink-0 accent-accent" checked={documents === choice} onChange={() => setDocuments(choice)} />
            <span>
              <span className="block">{tn(`remove.${choice}`, source.documents)}</span>
              <span className="block text-12 text-fg-3">{t(`remove.${choice}.hint`)}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {remove.error && <ProblemBox error={remove.error} className="mb-4" />}
      <DialogActions onCancel={onClose}>
        <Button kind="danger" busy={remove.isPending} onClick={() => remove.mutate()}>
          {t('source.remove')}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
