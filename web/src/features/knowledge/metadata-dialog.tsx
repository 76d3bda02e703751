import { useState } from 'react';
import type { Document } from '@/api/types';
import { Dialog, DialogForm } from '@/ui/dialog';
import { Notice } from '@/ui/problem';
import { changed, emptyRow, type Metadata, metadataOf, rowsOf } from './metadata';
import { MetadataFields } from './metadata-fields';
import { t, tn } from './words';

interface MetadataDialogProps {
  documents: readonly Document[];
  sending: { isPending: boolean; error: unknown };
  onSend: (say: (document: Document) => Metadata) => void;
  onClose: () => void;
}

/** Says what documents are: all of it for one document, what is set and taken away for several. */
export function MetadataDialog({ documents, sending, onSend, onClose }: MetadataDialogProps) {
  const one = documents.length === 1 ? documents[0] : undefined;
  const [rows, setRows] = useState(() => (one && Object.keys(one.metadata).length > 0 ? rowsOf(one.metadata) : [emptyRow()]));
  const [without, setWithout] = useState<string[]>([]);
  const metadata = metadataOf(rows);
  const names = one ? [] : [...new Set(documents.flatMap(({ metadata }) => Object.keys(metadata)))].toSorted();
  const send = () => metadata && onSend((document) => (one ? metadata : changed(document.metadata, metadata, without)));
  return (
    <Dialog open onOpenChange={onClose} title={t('metadata.set')} description={one ? one.name : tn('metadata.of', documents.length)}>
      <DialogForm action={t('action.save')} sending={{ ...sending, mutate: send }} disabled={!metadata} onCancel={onClose}>
        <MetadataFields rows={rows} onChange={setRows} />
        {!metadata && <Notice tone="warn">{t('metadata.wrong')}</Notice>}
        {names.length > 0 && (
          <fieldset>
            <legend className="mb-1 font-medium">{t('metadata.without')}</legend>
            <div className="flex flex-wrap gap-x-4 gap-y-1">
              {names.map((name) => (
                <label key={name} className="flex items-center gap-1.5">
                  <input
                    type="checkbox"
                    className="size-4 accent-accent"
                    checked={without.includes(name)}
                    onChange={(event) => setWithout(event.target.checked ? [...without, name] : without.filter((other) => other !== name))}
                  />
                  {name}
                </label>
              ))}
            </div>
          </fieldset>
        )}
      </DialogForm>
    </Dialog>
  );
}
