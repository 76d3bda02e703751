import { X } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { t } from '@/i18n';
import { Button, IconButton } from './button';
import { Modal } from './modal';
import { ProblemBox } from './problem';

interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  children: ReactNode;
}

export function Dialog({ open, onOpenChange, title, description, children }: DialogProps) {
  const id = useId();
  if (!open) return null;
  const close = () => onOpenChange(false);
  return (
    <Modal
      onClose={close}
      labelledBy={id}
      className="animate-pop fixed inset-x-4 top-[12vh] bottom-auto mx-auto max-h-[80vh] w-auto max-w-[480px] overflow-y-auto rounded-xl border border-line bg-surface text-13 text-fg shadow-pop backdrop:bg-overlay"
    >
      <div className="p-5">
        <div className="flex items-start gap-2">
          <h2 id={id} className="flex-1 text-16 font-semibold break-words">
            {title}
          </h2>
          <IconButton label={t('action.close')} small className="-mt-1 -me-1" onClick={close}>
            <X size={16} />
          </IconButton>
        </div>
        {description && <div className="mt-1 text-fg-2">{description}</div>}
        <div className="mt-4">{children}</div>
      </div>
    </Modal>
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

interface DialogFormProps {
  action: string;
  /** What sending it does, and how that stands. */
  sending: { isPending: boolean; error: unknown; mutate: () => void };
  disabled?: boolean;
  onCancel: () => void;
  children: ReactNode;
}

/** Fields in a dialog, what went wrong with them, and the button that sends them. */
export function DialogForm({ action, sending, disabled, onCancel, children }: DialogFormProps) {
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        sending.mutate();
      }}
    >
      {children}
      {sending.error ? <ProblemBox error={sending.error} /> : null}
      <DialogActions onCancel={onCancel}>
        <Button type="submit" kind="primary" busy={sending.isPending} disabled={disabled}>
          {action}
        </Button>
      </DialogActions>
    </form>
  );
}
