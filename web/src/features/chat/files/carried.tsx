import { Download, FileText, ImageOff, X } from 'lucide-react';
import { useState } from 'react';
import type { Attachment } from '@/api/types';
import { formatBytes } from '@/i18n/format';
import { IconButton } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Modal } from '@/ui/modal';
import { toast } from '@/ui/toast';
import { download, usePicture } from './content';
import { t } from '../more/words';

const save = (file: Attachment) => download(file).catch(() => toast.error(t('files.notSaved', { name: file.name })));

const BOX = 'flex max-w-full items-center gap-2 rounded-lg border border-line bg-surface-2 px-2 py-1.5 text-start text-12';

/** The files and pictures of a question: pictures small, and larger on a click; files to be saved. */
export default function Carried({ files, className }: { files: Attachment[]; className?: string }) {
  return (
    <ul aria-label={t('files.list')} className={cx('flex flex-wrap items-end gap-2', className)}>
      {files.map((file, index) => (
        // Those that were imported have no id, and their order never changes.
        // oxlint-disable-next-line react/no-array-index-key
        <li key={file.id ?? index} data-testid="carried" className="max-w-full">
          {file.id && file.kind === 'picture' ? <Picture file={file} /> : <Plain file={file} />}
        </li>
      ))}
    </ul>
  );
}

function Plain({ file }: { file: Attachment }) {
  const { id, name, bytes } = file;
  const text = (
    <>
      <FileText size={16} className="shrink-0 text-fg-3" aria-hidden="true" />
      <span className="min-w-0 truncate">{name}</span>
      <span className="num shrink-0 text-11 text-fg-3">{id ? formatBytes(bytes) : t('files.gone')}</span>
    </>
  );
  if (!id) return <span className={BOX}>{text}</span>;
  return (
    <button
      type="button"
      aria-label={t('files.download', { name })}
      title={name}
      onClick={() => void save(file)}
      className={cx(BOX, 'transition-colors hover:border-line-strong')}
    >
      {text}
      <Download size={14} className="shrink-0 text-fg-3" aria-hidden="true" />
    </button>
  );
}

function Picture({ file }: { file: Attachment }) {
  const [large, setLarge] = useState(false);
  const { url, failed } = usePicture(file.id);
  const { name, width, height } = file;
  if (failed) {
    return (
      <span className={BOX}>
        <ImageOff size={16} className="shrink-0 text-fg-3" aria-hidden="true" />
        <span className="min-w-0 truncate">{name}</span>
      </span>
    );
  }
  // The room is there before the picture, so that nothing moves when it comes.
  const shown = Math.min(160, height ?? 160);
  const ratio = Math.min(2.4, Math.max(0.4, (width ?? 4) / (height ?? 3)));
  return (
    <>
      <button
        type="button"
        aria-label={t('files.show', { name })}
        title={name}
        onClick={() => setLarge(true)}
        style={{ height: shown, aspectRatio: ratio }}
        className="block max-w-full min-w-9 overflow-hidden rounded-lg border border-line bg-surface-2 transition-colors hover:border-line-strong"
      >
        {url && <img src={url} alt="" className="size-full object-cover" />}
      </button>
      {large && (
        <Modal
          label={name}
          onClose={() => setLarge(false)}
          className="animate-pop m-auto max-h-[92vh] max-w-[94vw] overflow-hidden rounded-xl border border-line bg-surface text-13 text-fg shadow-pop backdrop:bg-overlay"
        >
          <div className="flex items-center gap-2 py-2 ps-4 pe-2">
            <p className="min-w-0 flex-1 truncate font-medium">{name}</p>
            <span className="num text-12 text-fg-3">{formatBytes(file.bytes)}</span>
            <IconButton small label={t('files.download', { name })} onClick={() => void save(file)}>
              <Download size={16} />
            </IconButton>
            <IconButton small label={t('files.close')} onClick={() => setLarge(false)}>
              <X size={16} />
            </IconButton>
          </div>
          {url && <img src={url} alt={name} className="max-h-[80vh] max-w-full object-contain" />}
        </Modal>
      )}
    </>
  );
}
