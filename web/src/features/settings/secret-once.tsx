import { t } from '@/i18n';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';

interface SecretOnceProps {
  text: string;
  secret: string;
  onDone: () => void;
}

/** A secret that is shown now and never again. */
export function SecretOnce({ text, secret, onDone }: SecretOnceProps) {
  return (
    <div className="flex flex-col gap-4">
      <p className="text-fg-2">{text}</p>
      <div className="flex items-center gap-2 rounded-lg border border-line-strong bg-surface-2 py-1.5 pe-1.5 ps-3">
        <code data-testid="secret" className="min-w-0 flex-1 font-mono text-12 break-all">
          {secret}
        </code>
        <CopyButton text={secret} label={t('action.copy')} />
      </div>
      <Button kind="primary" className="self-end" onClick={onDone}>
        {t('action.done')}
      </Button>
    </div>
  );
}
