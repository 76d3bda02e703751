import { RotateCw, X } from 'lucide-react';
import { asApiError } from '@/api/errors';
import { t } from './words';
import { formatBytes } from '@/i18n/format';
import { IconButton } from '@/ui/button';
import { Progress } from '@/ui/progress';
import { dismissUpload, retryUpload, type Upload } from './uploads';

export function UploadRow({ upload }: { upload: Upload }) {
  const { file, fraction, state, error } = upload;
  return (
    <li className="flex items-center gap-3 px-4 py-2.5" data-testid="upload" data-name={file.name}>
      <div className="min-w-0 flex-1">
        <p className="truncate">{file.name}</p>
        {state === 'failed' ? (
          <p role="alert" className="text-12 text-bad">
            {asApiError(error).message}
          </p>
        ) : (
          <div className="mt-1.5 flex items-center gap-3">
            <Progress value={fraction} label={t('upload.progress', { name: file.name })} />
            <span className="num shrink-0 text-12 text-fg-3">
              {state === 'waiting'
                ? t('upload.waiting')
                : t('upload.sent', { sent: formatBytes(file.size * fraction), total: formatBytes(file.size) })}
            </span>
          </div>
        )}
      </div>
      {state === 'failed' && (
        <IconButton small label={t('action.tryAgain')} onClick={() => retryUpload(upload)}>
          <RotateCw size={14} />
        </IconButton>
      )}
      <IconButton
        small
        label={state === 'failed' ? t('action.dismiss') : t('upload.cancel')}
        onClick={() => dismissUpload(upload)}
      >
        <X size={14} />
      </IconButton>
    </li>
  );
}
