import { asApiError } from '@/api/errors';
import { Button } from '@/ui/button';
import { t } from './words';

interface UnsentProps {
  error: unknown;
  busy: boolean;
  onRetry: () => void;
  onEdit: () => void;
}

/** Says that a question is kept and not sent yet. */
export default function UnsentNote({ error, busy, onRetry, onEdit }: UnsentProps) {
  const { status, message } = asApiError(error);
  return (
    <div data-testid="unsent" className="-mt-3 flex flex-wrap items-center justify-end gap-2 text-12 text-warn">
      <p role="status">{status === 0 ? t('unsent.away') : t('unsent.refused', { message })}</p>
      <Button size="sm" busy={busy} onClick={onRetry}>
        {t('action.tryAgain')}
      </Button>
      <Button size="sm" kind="ghost" disabled={busy} onClick={onEdit}>
        {t('unsent.edit')}
      </Button>
    </div>
  );
}
