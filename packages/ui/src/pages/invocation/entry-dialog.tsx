/** A step of the journal with what it carried and what came back. */
import type { InvocationDetails } from "@rejoin/client";
import { RotateCcw } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { formatBytes } from "../../format/size.ts";
import { formatDuration } from "../../format/time.ts";
import type { Step } from "../../journal/steps.ts";
import type { Operation } from "../../operations/operations.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { Note } from "../../parts/messages.tsx";
import { Copy, Time } from "../../parts/text.tsx";
import { EntryPayload } from "./entry-payload.tsx";

interface EntryDialogProps {
  readonly invocation: InvocationDetails;
  readonly step: Step;
  readonly onClose: () => void;
  readonly onOperate: (operation: Operation) => void;
}

const WITH_VALUE: readonly string[] = ["input", "call", "send"];

export function EntryDialog({ invocation, step, onClose, onOperate }: EntryDialogProps) {
  const { entry, answer, index, title, subject } = step;
  const canRestart =
    invocation.status === "completed" && invocation.target_service_ty !== "workflow";
  const carries = WITH_VALUE.includes(step.kind) || entry.value_length !== undefined;
  const ownResult = answer === undefined && entry.result !== undefined;
  return (
    <Dialog
      title={`#${index} ${title} ${subject}`}
      onClose={onClose}
      isWide
      actions={
        <>
          {canRestart && (
            <button
              type="button"
              className="btn"
              onClick={() => onOperate({ name: "restart-as-new", from: index })}
            >
              <RotateCcw size={14} aria-hidden /> Restart from here …
            </button>
          )}
          <button type="button" className="btn" onClick={onClose}>
            Close
          </button>
        </>
      }
    >
      <StepFacts step={step} />
      {answer?.result?.kind === "failure" && (
        <Note tone="red">
          [{answer.result.code}] {answer.result.message}
        </Note>
      )}
      {carries && (
        <EntryPayload
          id={invocation.id}
          index={index}
          title={step.kind === "input" ? "Input" : step.kind === "state" ? "Value" : "Parameter"}
        />
      )}
      {ownResult && entry.result?.kind !== "void" && (
        <EntryPayload id={invocation.id} index={index} title="Result" />
      )}
      {answer !== undefined && answer.result?.kind === "success" && (
        <EntryPayload id={invocation.id} index={answer.index} title="Result" />
      )}
      {answer?.result?.kind === "void" && <p className="muted">It was answered without a value.</p>}
      {step.state === "waiting" && <p className="muted">It has not been answered yet.</p>}
    </Dialog>
  );
}

function StepFacts({ step }: { readonly step: Step }) {
  const { entry, invokedId, startedAt, endedAt, answer } = step;
  const facts: readonly (readonly [string, ReactNode])[] = [
    ["Entry", entry.entry_type],
    ["Target", entry.target],
    [
      "Invocation",
      invokedId !== undefined && (
        <span className="row">
          <Link href={`/invocations/${invokedId}`} className="mono truncate">
            {invokedId}
          </Link>
          <Copy text={invokedId} />
        </span>
      ),
    ],
    ["Written", entry.appended_at !== undefined && <Time at={entry.appended_at} isExact />],
    [
      "Answered",
      answer !== undefined && (
        <>
          <Time at={answer.appended_at} isExact />
          {startedAt !== undefined && endedAt !== undefined && (
            <span className="muted"> after {formatDuration(endedAt - startedAt)}</span>
          )}
        </>
      ),
    ],
    [
      "Wakes up",
      entry.sleep_wakeup_at !== undefined && <Time at={entry.sleep_wakeup_at} isExact />,
    ],
    ["Starts", entry.invoke_at !== undefined && <Time at={entry.invoke_at} isExact />],
    ["Idempotency key", entry.idempotency_key],
    ["Completion", entry.completion_id],
    ["Size", entry.length !== undefined && formatBytes(entry.length)],
  ];
  return (
    <dl className="kv">
      {facts.map(([name, value]) =>
        value === undefined || value === false ? null : (
          <div className="kv-row" key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
