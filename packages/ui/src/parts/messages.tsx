/** What is said when something is missing, loading, or wrong. */
import { ClientError } from "@rejoin/client";
import { CircleAlert, type LucideIcon, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

interface ProblemProps {
  readonly error: unknown;
  /** What was tried, such as `load the services`. */
  readonly what: string;
  readonly retry?: () => void;
}

export function Problem({ error, what, retry }: ProblemProps) {
  return (
    <div className="note note-red" role="alert">
      <CircleAlert size={15} aria-hidden />
      <div className="grow">
        <strong>Could not {what}.</strong> {describeError(error)}
      </div>
      {retry !== undefined && (
        <button type="button" className="btn btn-small" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

export function describeError(error: unknown): string {
  if (error instanceof ClientError && error.kind === "unreachable") {
    return "The server does not answer: is it running? This page goes on asking.";
  }
  return error instanceof Error ? error.message : String(error);
}

interface NoteProps {
  readonly tone: "amber" | "red" | "violet" | "blue" | "plain";
  readonly Icon?: LucideIcon;
  readonly children: ReactNode;
}

export function Note({ tone, Icon = TriangleAlert, children }: NoteProps) {
  return (
    <div className={tone === "plain" ? "note" : `note note-${tone}`}>
      <Icon size={15} aria-hidden />
      <div className="grow">{children}</div>
    </div>
  );
}

interface EmptyProps {
  readonly Icon: LucideIcon;
  readonly title: string;
  readonly children?: ReactNode;
}

export function Empty({ Icon, title, children }: EmptyProps) {
  return (
    <div className="empty">
      <Icon size={26} strokeWidth={1.6} aria-hidden />
      <strong>{title}</strong>
      {children}
    </div>
  );
}

export function Loading({ lines = 4 }: { readonly lines?: number }) {
  return (
    <div className="stack-small" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike.
        <div key={index} className="skeleton" />
      ))}
    </div>
  );
}
