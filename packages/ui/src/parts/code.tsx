// biome-ignore-all lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
/** Payloads and other text that is read as it is. */
import { useMemo } from "react";
import { toJsonTokens } from "../format/json-tokens.ts";
import { showPayload } from "../format/payload.ts";
import { formatBytes } from "../format/size.ts";
import { Copy } from "./text.tsx";

/** More than this is shown in part: a page is no place for it. */
const CHARACTERS_MAX = 200_000;

interface CodeProps {
  readonly text: string;
  readonly isJson?: boolean;
  readonly isWrapped?: boolean;
  readonly label: string;
}

export function Code({ text, isJson = false, isWrapped = false, label }: CodeProps) {
  const shown = text.length > CHARACTERS_MAX ? text.slice(0, CHARACTERS_MAX) : text;
  const tokens = useMemo(() => (isJson ? toJsonTokens(shown) : undefined), [isJson, shown]);
  return (
    <div className="code-block">
      <pre className={isWrapped ? "code code-wrap" : "code"} tabIndex={0} title={label}>
        {tokens === undefined
          ? shown
          : tokens.map(({ kind, text: part }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: tokens have nothing else, and do not move.
              <span key={index} className={kind === "plain" ? undefined : kind}>
                {part}
              </span>
            ))}
        {shown.length < text.length && `\n… ${formatBytes(text.length - shown.length)} more`}
      </pre>
      <Copy text={text} label={`Copy ${label}`} />
    </div>
  );
}

interface PayloadProps {
  readonly bytes: Uint8Array;
  readonly label: string;
}

const KINDS = { json: "JSON", text: "text", binary: "binary data" } as const;

/** JSON with its structure, text as it is, other bytes as hex. */
export function Payload({ bytes, label }: PayloadProps) {
  const shown = useMemo(() => showPayload(bytes), [bytes]);
  if (shown.kind === "empty") return <p className="muted small">empty</p>;
  return (
    <div className="stack-small">
      <Code text={shown.text} isJson={shown.kind === "json"} label={label} />
      <p className="hint">
        {formatBytes(bytes.length)} of {KINDS[shown.kind]}
      </p>
    </div>
  );
}
