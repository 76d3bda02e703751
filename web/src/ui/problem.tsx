import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { asApiError } from '@/api/errors';
import { t } from '@/i18n';
import { Button } from './button';
import { CopyButton } from './copy-button';
import { cx } from './cx';

interface ProblemBoxProps {
  error: unknown;
  onRetry?: () => void;
  className?: string;
}

/** What went wrong, in the server's words, with the number of the request to quote. */
export function ProblemBox({ error, onRetry, className }: ProblemBoxProps) {
  const problem = asApiError(error);
  return (
    <Notice tone="bad" className={className}>
      <p className="text-fg">{problem.message}</p>
      {problem.requestId && (
        <p className="mt-1 flex items-center gap-1 font-mono text-11 text-fg-2">
          <span className="truncate">{t('error.request', { id: problem.requestId })}</span>
          <CopyButton text={problem.requestId} label={t('error.copyRequest')} />
        </p>
      )}
      {/* What is not there will not be there when it is asked for again. */}
      {onRetry && problem.status !== 404 && (
        <Button size="sm" className="mt-2" onClick={onRetry}>
          {t('action.tryAgain')}
        </Button>
      )}
    </Notice>
  );
}

interface NoticeProps {
  tone: 'bad' | 'warn' | 'ok';
  className?: string | undefined;
  children: ReactNode;
}

const TONES = {
  bad: 'border-bad-line bg-bad-soft text-bad',
  warn: 'border-line-strong bg-warn-soft text-warn',
  ok: 'border-line-strong bg-ok-soft text-ok',
};

export function Notice({ tone, className, children }: NoticeProps) {
  return (
    <div
      role={tone === 'bad' ? 'alert' : 'status'}
      className={cx('flex gap-2 rounded-lg border px-3 py-2 text-13', TONES[tone], className)}
    >
      {tone !== 'ok' && <TriangleAlert size={15} className="mt-[3px] shrink-0" aria-hidden="true" />}
      <div className="min-w-0 flex-1">{children}</div>
    </div>
  );
}
