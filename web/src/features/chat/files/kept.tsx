import { FileText, Image, X } from 'lucide-react';
import type { Attachment } from '@/api/types';
import { IconButton } from '@/ui/button';
import { t } from '../more/words';

/** The files of a question that is asked in other words: each stays until it is removed. */
export function Kept({ files, onChange }: { files: Attachment[]; onChange: (files: Attachment[]) => void }) {
  if (files.length === 0) return null;
  return (
    <ul aria-label={t('files.list')} className="flex flex-wrap gap-2 px-1 pb-1">
      {files.map((file) => {
        const Kind = file.kind === 'picture' ? Image : FileText;
        return (
          <li
            key={file.id}
            data-testid="attachment"
            className="flex max-w-full items-center gap-2 rounded-lg border border-line bg-surface-2 py-0.5 ps-2 pe-0.5 text-12"
          >
            <Kind size={14} className="shrink-0 text-fg-3" aria-hidden="true" />
            <span className="max-w-44 truncate">{file.name}</span>
            <IconButton
              small
              label={t('files.remove', { name: file.name })}
              onClick={() => onChange(files.filter((one) => one !== file))}
            >
              <X size={14} aria-hidden="true" />
            </IconButton>
          </li>
        );
      })}
    </ul>
  );
}
