import { type ReactNode, useEffect, useRef } from 'react';

interface ModalProps {
  onClose: () => void;
  labelledBy?: string;
  label?: string;
  className: string;
  children: ReactNode;
}

/** The browser's own modal dialog: keeps the focus, closes on Escape and on a click beside it. */
export function Modal({ onClose, labelledBy, label, className, children }: ModalProps) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = box.current;
    const before = document.activeElement;
    if (dialog && !dialog.open) dialog.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    // The click beside the dialog is a convenience; Escape and the close button do the same.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <dialog
      ref={box}
      aria-labelledby={labelledBy}
      aria-label={label}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onPointerDown={(event) => {
        if (event.target === event.currentTarget) onClose();
      }}
      className={className}
    >
      {children}
    </dialog>
  );
}
