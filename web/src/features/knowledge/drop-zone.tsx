import { Upload } from 'lucide-react';
import { type DragEvent, useRef, useState } from 'react';
import { t } from './words';
import { cx } from '@/ui/cx';
import { ACCEPT } from './formats';
import { startUploads } from './uploads';

export function DropZone({ knowledgeBaseId, tall }: { knowledgeBaseId: string; tall: boolean }) {
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const take = (files: FileList | null) => {
    if (files && files.length > 0) startUploads(knowledgeBaseId, [...files]);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files);
  };
  return (
    <div
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <input
        ref={input}
        type="file"
        multiple
        accept={ACCEPT}
        className="sr-only"
        tabIndex={-1}
        aria-label={t('document.add')}
        data-testid="file-input"
        onChange={(event) => {
          take(event.target.files);
          event.target.value = '';
        }}
      />
      <button
        type="button"
        onClick={() => input.current?.click()}
        className={cx(
          'flex w-full flex-col items-center justify-center gap-1 rounded-xl border border-dashed px-4 text-center transition-colors',
          tall ? 'py-14' : 'py-5',
          over ? 'border-accent bg-accent-soft' : 'border-line-strong hover:bg-surface-2',
        )}
      >
        <Upload size={18} className="text-fg-3" aria-hidden="true" />
        <span className="font-medium">{over ? t('document.drop') : t('document.add')}</span>
        <span className="text-12 text-fg-3">{t('document.formats')}</span>
      </button>
    </div>
  );
}
