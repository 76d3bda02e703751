import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { t, tn } from '../words';
import type { FileToSend } from './uploads';

interface SameNamesProps {
  files: FileToSend[];
  onSend: (files: FileToSend[]) => void;
  onClose: () => void;
}

/** Asks what to do with files that are called like documents that are there. */
export function SameNames({ files, onSend, onClose }: SameNamesProps) {
  const same = files.filter(({ replaces }) => replaces);
  const send = (chosen: FileToSend[]) => {
    onSend(chosen);
    onClose();
  };
  return (
    <Dialog open onOpenChange={onClose} title={tn('same.title', same.length)} description={t('same.text')}>
      <ul className="mb-4 max-h-40 overflow-y-auto rounded-md border border-line px-3 py-2 text-12 text-fg-2" tabIndex={0} aria-label={tn('same.title', same.length)}>
        {same.map(({ name }) => (
          <li key={name} className="truncate">
            {name}
          </li>
        ))}
      </ul>
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={() => send(files.filter(({ replaces }) => !replaces))}>{t('same.skip')}</Button>
        <Button onClick={() => send(files.map(({ file, name }) => ({ file, name })))}>{t('same.beside')}</Button>
        <Button kind="primary" onClick={() => send(files)}>
          {t('same.replace')}
        </Button>
      </div>
    </Dialog>
  );
}
