/** Small pieces of text: instants, ids, sizes, code. */
import { Check, Copy as CopyIcon } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Link } from "wouter";
import { formatAgo, formatInstant, parseInstant } from "../format/time.ts";
import { useNow } from "./now.ts";

interface TimeProps {
  readonly at: string | undefined;
  /** The instant itself instead of how long ago it was. */
  readonly isExact?: boolean;
}

export function Time({ at, isExact = false }: TimeProps) {
  const now = useNow();
  const ms = parseInstant(at);
  if (ms === undefined) return <span className="faint">—</span>;
  const text = isExact ? formatInstant(ms, now) : formatAgo(ms, now);
  return (
    <time dateTime={at} title={new Date(ms).toISOString()} className="num">
      {text}
    </time>
  );
}

const COPIED_MS = 1500;

export function Copy({ text, label = "Copy" }: { readonly text: string; readonly label?: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await copyText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), COPIED_MS);
  };
  const Icon = isCopied ? Check : CopyIcon;
  return (
    <button
      type="button"
      className="btn btn-quiet btn-icon btn-small"
      onClick={() => void copy()}
      aria-label={isCopied ? "Copied" : label}
      title={label}
    >
      <Icon size={13} aria-hidden />
    </button>
  );
}

/** Without a secure context there is no clipboard: then by what is selected. */
async function copyText(text: string): Promise<void> {
  if (window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = document.createElement("textarea");
  area.value = text;
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** An id is long, and its end tells more than its beginning. */
export function shortId(id: string): string {
  return id.length <= 20 ? id : `${id.slice(0, 8)}…${id.slice(-8)}`;
}

export function InvocationLink({
  id,
  isShort = true,
}: {
  readonly id: string;
  readonly isShort?: boolean;
}) {
  return (
    <Link href={`/invocations/${id}`} className="mono" title={id}>
      {isShort ? shortId(id) : id}
    </Link>
  );
}

/** A target with its parts told apart. */
export function Target({ target }: { readonly target: string }) {
  const parts = target.split("/");
  const [service = "", ...rest] = parts;
  const handler = rest.pop() ?? "";
  const key = rest.join("/");
  return (
    <span className="truncate" title={target}>
      <span className="strong">{service}</span>
      {key !== "" && <span className="muted">/{key}</span>}
      <span className="faint">/</span>
      {handler}
    </span>
  );
}

export function Kbd({ children }: { readonly children: ReactNode }) {
  return <kbd className="kbd">{children}</kbd>;
}
