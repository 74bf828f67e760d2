/** Short messages about what was done. */
import { CircleAlert, CircleCheck, X } from "lucide-react";
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from "react";

interface Toast {
  readonly id: number;
  readonly tone: "green" | "red";
  readonly text: ReactNode;
}

export interface Toasts {
  readonly say: (text: ReactNode) => void;
  readonly complain: (text: ReactNode) => void;
}

const SHOWN_MS = 6000;
const SHOWN_MAX = 4;

const ToastContext = createContext<Toasts>({ say: () => undefined, complain: () => undefined });

export function useToasts(): Toasts {
  return useContext(ToastContext);
}

export function ToastProvider({ children }: { readonly children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const remove = useCallback((id: number) => {
    setToasts((current) => current.filter((toast) => toast.id !== id));
  }, []);
  const api = useMemo(() => {
    let last = 0;
    const add = (tone: Toast["tone"], text: ReactNode) => {
      last += 1;
      const id = last;
      setToasts((current) => [...current.slice(1 - SHOWN_MAX), { id, tone, text }]);
      // What went wrong stays until it has been read.
      if (tone === "green") setTimeout(() => remove(id), SHOWN_MS);
    };
    return {
      say: (text: ReactNode) => add("green", text),
      complain: (text: ReactNode) => add("red", text),
    };
  }, [remove]);
  return (
    <ToastContext.Provider value={api}>
      {children}
      <div className="toasts" role="status">
        {toasts.map((toast) => (
          <ToastView key={toast.id} toast={toast} onClose={() => remove(toast.id)} />
        ))}
      </div>
    </ToastContext.Provider>
  );
}

function ToastView({ toast, onClose }: { readonly toast: Toast; readonly onClose: () => void }) {
  const Icon = toast.tone === "green" ? CircleCheck : CircleAlert;
  return (
    <div className="toast">
      <Icon size={16} aria-hidden color={`var(--${toast.tone}-text)`} />
      <div className="grow">{toast.text}</div>
      <button
        type="button"
        className="btn btn-quiet btn-icon btn-small"
        onClick={onClose}
        aria-label="Dismiss"
      >
        <X size={13} aria-hidden />
      </button>
    </div>
  );
}
