/** A dialog above the page: the browser keeps the focus inside and gives it back. */
import { clsx } from "clsx";
import { X } from "lucide-react";
import { type ReactNode, useEffect, useId, useRef } from "react";

export interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** Below what scrolls: what to do. */
  readonly actions?: ReactNode;
  readonly isWide?: boolean;
}

/** Is open for as long as it is rendered. */
export function Dialog({ title, onClose, children, actions, isWide = false }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (dialog !== null && !dialog.open) {
      dialog.showModal();
      findFirst(dialog)?.focus();
    }
    return () => dialog?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself.
    <dialog
      ref={ref}
      className={clsx("dialog", isWide && "dialog-wide")}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget) onClose();
      }}
    >
      <div className="dialog-head">
        <h2 id={titleId}>{title}</h2>
        <button
          type="button"
          className="btn btn-quiet btn-icon"
          onClick={onClose}
          aria-label="Close"
        >
          <X size={16} aria-hidden />
        </button>
      </div>
      <div className="dialog-body">{children}</div>
      {actions !== undefined && <div className="dialog-foot">{actions}</div>}
    </dialog>
  );
}

/** What is to be filled in; else what leaves everything as it is. */
function findFirst(dialog: HTMLDialogElement): HTMLElement | null {
  const field = ".dialog-body :is(input:not([type=checkbox]), textarea, select)";
  return dialog.querySelector<HTMLElement>(field) ?? dialog.querySelector(".dialog-foot button");
}
