import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { t } from '@/i18n';
import { Button, IconButton } from './button';
import { ProblemBox } from './problem';

interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  children: ReactNode;
}

export function Dialog({ open, onOpenChange, title, description, children }: DialogProps) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="animate-fade fixed inset-0 z-40 bg-overlay" />
        <Radix.Content
          {...(description ? {} : { 'aria-describedby': undefined })}
          className="animate-pop fixed inset-x-4 top-[12vh] z-50 mx-auto flex max-h-[80vh] max-w-[480px] flex-col overflow-y-auto rounded-xl border border-line bg-surface p-5 shadow-pop outline-none"
        >
          <div className="flex items-start gap-2">
            <Radix.Title className="flex-1 text-16 font-semibold">{title}</Radix.Title>
            <Radix.Close asChild>
              <IconButton label={t('action.close')} small className="-mt-1 -mr-1">
                <X size={16} />
              </IconButton>
            </Radix.Close>
          </div>
          {description && (
            <Radix.Description asChild>
              <div className="mt-1 text-fg-2">{description}</div>
            </Radix.Description>
          )}
          <div className="mt-4">{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface ConfirmProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  text: ReactNode;
  action: string;
  busy: boolean;
  error?: unknown;
  onConfirm: () => void;
}

/** Asks once more before something is gone. */
export function ConfirmDialog({ open, onOpenChange, title, text, action, busy, error, onConfirm }: ConfirmProps) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={title} description={text}>
      {error ? <ProblemBox error={error} className="mb-4" /> : null}
      <DialogActions onCancel={() => onOpenChange(false)}>
        <Button kind="danger" busy={busy} onClick={onConfirm}>
          {action}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

export function DialogActions({ onCancel, children }: { onCancel: () => void; children: ReactNode }) {
  return (
    <div className="flex justify-end gap-2">
      <Button onClick={onCancel}>{t('action.cancel')}</Button>
      {children}
    </div>
  );
}
