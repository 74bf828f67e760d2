import { Minus, Pencil, Plus } from "lucide-react";
import { Note } from "../../parts/messages.tsx";
import { ServiceKind } from "../services/service-kind.tsx";
import type { HandlerDiff, ServiceDiff } from "./changes.ts";

/** What a registration would change. */
export function DiffView({ diffs }: { readonly diffs: readonly ServiceDiff[] }) {
  if (diffs.length === 0) return <Note tone="amber">It serves nothing.</Note>;
  return (
    <ul className="stack-small">
      {diffs.map((diff) => (
        <li key={diff.name} className="diff">
          <div className="row row-wrap">
            <strong>{diff.name}</strong>
            <ServiceKind kind={diff.after.ty} />
            <Kind diff={diff} />
          </div>
          {diff.isBreaking && (
            <Note tone="red">
              It was a {diff.before?.ty}: calls that are under way may not fit any more.
            </Note>
          )}
          <ul className="diff-handlers">
            {diff.handlers.map((handler) => (
              <HandlerLine key={handler.name} handler={handler} isNew={diff.kind === "added"} />
            ))}
          </ul>
        </li>
      ))}
    </ul>
  );
}

function Kind({ diff }: { readonly diff: ServiceDiff }) {
  if (diff.kind === "added") return <span className="tag tone-green">new</span>;
  if (diff.kind === "same") return <span className="tag">as it is</span>;
  return (
    <span className="tag tone-blue">
      revision {diff.before?.revision} → {diff.after.revision}
    </span>
  );
}

interface HandlerLineProps {
  readonly handler: HandlerDiff;
  readonly isNew: boolean;
}

const SIGNS = {
  added: { Icon: Plus, tone: "green" },
  removed: { Icon: Minus, tone: "red" },
  changed: { Icon: Pencil, tone: "blue" },
} as const;

function HandlerLine({ handler, isNew }: HandlerLineProps) {
  const { name, kind, what } = handler;
  const sign = kind === "same" ? undefined : SIGNS[kind];
  return (
    <li className={`row mono small ${sign === undefined ? "muted" : `tone-icon-${sign.tone}`}`}>
      {sign === undefined ? <span className="diff-gap" /> : <sign.Icon size={13} aria-hidden />}
      {name}
      {!isNew && kind !== "same" && <span className="faint">{kind}</span>}
      {what.length > 0 && <span className="faint">({what.join(", ")})</span>}
    </li>
  );
}
