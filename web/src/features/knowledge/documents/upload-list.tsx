import { RotateCw, X } from 'lucide-react';
import { asApiError } from '@/api/errors';
import { t, tn } from '../words';
import { formatBytes, formatNumber } from '@/i18n/format';
import { Button, IconButton } from '@/ui/button';
import { Card } from '@/ui/page';
import { Progress } from '@/ui/progress';
import { timeLeft } from './document-state';
import { type Pace, paceOf } from './pace';
import { bytesOf, dismissUploads, retryUploads, type Totals, type Upload } from './uploads';

/** Of thousands of failures the first say what is wrong. */
const MOST_FAILED = 20;

/** "12 MB of 48 MB · 3.1 MB per second · about 12 s left". */
function sentText(done: number, total: number, pace: Pace | null): string {
  const parts = [t('upload.sent', { sent: formatBytes(done), total: formatBytes(total) })];
  if (pace) parts.push(t('upload.perSecond', { speed: formatBytes(pace.perSecond) }), timeLeft(pace) ?? '');
  return parts.filter(Boolean).join(' · ');
}

/** What is on its way to the server: one line for all, and one for each that moves or failed. */
export function UploadList({ uploads, sent, pace }: { uploads: Upload[]; sent: Totals; pace: Pace | null }) {
  if (uploads.length === 0) return null;
  const failed = uploads.filter(({ state }) => state === 'failed');
  const moving = uploads.filter(({ state }) => state === 'sending');
  const left = uploads.length - failed.length;
  const { done, total } = bytesOf(uploads, sent.bytes);
  const still = moving.every(({ interrupted }) => interrupted);
  return (
    <section aria-label={t('upload.title')}>
      <Card>
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2" data-testid="uploads">
          <p className="num min-w-0 flex-1 font-medium" role="status">
            {left > 0 ? t('upload.state', { done: formatNumber(sent.files), all: formatNumber(sent.files + left) }) : tn('upload.failed', failed.length)}
            {left > 0 && <span className="ms-2 text-12 font-normal text-fg-3">{sentText(done, total, still ? null : pace)}</span>}
          </p>
          {failed.length > 1 && (
            <Button size="sm" onClick={() => retryUploads(failed)}>
              {t('upload.retryAll')}
            </Button>
          )}
          <Button size="sm" kind="ghost" onClick={() => dismissUploads(uploads)}>
            {left > 0 ? t('upload.cancelAll') : t('action.dismiss')}
          </Button>
        </div>
        <ul className="divide-y divide-line border-t border-line" aria-label={t('upload.title')}>
          {[...moving, ...failed.slice(0, MOST_FAILED)].map((upload) => (
            <UploadRow key={upload.key} upload={upload} />
          ))}
        </ul>
      </Card>
    </section>
  );
}

function UploadRow({ upload }: { upload: Upload }) {
  const { file, name, fraction, interrupted, seen, state, error } = upload;
  return (
    <li className="flex items-center gap-3 px-4 py-2" data-testid="upload" data-name={name}>
      <div className="min-w-0 flex-1">
        <p className="truncate">{name}</p>
        {state === 'failed' ? (
          <p role="alert" className="text-12 text-bad">
            {asApiError(error).message}
          </p>
        ) : (
          <div className="mt-1 flex items-center gap-3">
            <Progress value={fraction} label={t('upload.progress', { name })} />
            <span className="num shrink-0 text-12 text-fg-3">
              {interrupted ? t('upload.interrupted') : sentText(file.size * fraction, file.size, paceOf(seen, file.size))}
            </span>
          </div>
        )}
      </div>
      {state === 'failed' && (
        <IconButton small label={t('upload.retry', { name })} onClick={() => retryUploads([upload])}>
          <RotateCw size={14} />
        </IconButton>
      )}
      <IconButton
        small
        label={state === 'failed' ? t('upload.dismiss', { name }) : t('upload.cancel', { name })}
        onClick={() => dismissUploads([upload])}
      >
        <X size={14} />
      </IconButton>
    </li>
  );
}
