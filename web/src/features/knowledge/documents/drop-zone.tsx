import { useQuery } from '@tanstack/react-query';
import { Upload } from 'lucide-react';
import { type DragEvent, useRef, useState } from 'react';
import { limitsQuery } from '@/features/operations/api';
import { formatBytes } from '@/i18n/format';
import { t } from '../words';
import { cx } from '@/ui/cx';
import { ACCEPT } from '../formats';
import { filesDropped, filesPicked, type NamedFile } from './folders';

interface DropZoneProps {
  tall: boolean;
  onFiles: (files: NamedFile[]) => void;
}

export function DropZone({ tall, onFiles }: DropZoneProps) {
  const [over, setOver] = useState(false);
  const { data: limits } = useQuery(limitsQuery);
  const most = limits?.find(({ name }) => name === 'upload_bytes')?.most;
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void filesDropped(event.dataTransfer).then(onFiles);
  };
  const picker = (label: string) => ({
    type: 'file',
    multiple: true,
    className: 'sr-only',
    tabIndex: -1,
    'aria-label': label,
    onChange: (event: React.ChangeEvent<HTMLInputElement>) => {
      onFiles(filesPicked(event.target.files ?? []));
      event.target.value = '';
    },
  });
  return (
    <div
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={drop}
      data-testid="drop-zone"
      className={cx(
        'relative flex flex-col items-center justify-center gap-1 rounded-xl border border-dashed px-4 text-center transition-colors',
        tall ? 'py-14' : 'py-4',
        over ? 'border-accent bg-accent-soft' : 'border-line-strong',
      )}
    >
      <input ref={files} {...picker(t('document.add'))} accept={ACCEPT} data-testid="file-input" />
      <input ref={folder} {...picker(t('document.addFolder'))} {...{ webkitdirectory: '' }} data-testid="folder-input" />
      <Upload size={18} className="text-fg-3" aria-hidden="true" />
      <p className="font-medium">
        {over ? (
          t('document.drop')
        ) : (
          <>
            {t('document.dropHere')}{' '}
            <button type="button" className="rounded-sm text-accent hover:underline" onClick={() => files.current?.click()}>
              {t('document.add')}
            </button>
            {' · '}
            <button type="button" className="rounded-sm text-accent hover:underline" onClick={() => folder.current?.click()}>
              {t('document.addFolder')}
            </button>
          </>
        )}
      </p>
      <p className="num text-12 text-fg-3">{typeof most === 'number' ? t('document.formats.most', { most: formatBytes(most) }) : t('document.formats')}</p>
    </div>
  );
}
