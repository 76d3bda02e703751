import { CopyButton } from '@/ui/copy-button';
import { Notice } from '@/ui/problem';
import { t } from './words';

/** Why an answer did not come, with the run to look it up by. */
export default function AnswerError({ message, runId }: { message: string; runId: string | null | undefined }) {
  return (
    <Notice tone="bad" className="mt-3">
      <p className="text-fg">{message}</p>
      {runId && (
        <p className="mt-1 flex items-center gap-1 font-mono text-11 text-fg-2">
          <span className="truncate">{t('chat.run', { id: runId })}</span>
          <CopyButton text={runId} label={t('chat.copyRun')} />
        </p>
      )}
    </Notice>
  );
}
