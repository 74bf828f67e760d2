/** What went wrong last, and what can be done about it. */
import type { InvocationDetails } from "@rejoin/client";
import { CircleX, RotateCw } from "lucide-react";
import { useState } from "react";
import { Code } from "../../parts/code.tsx";
import { Remedy } from "../../parts/remedy.tsx";
import { statusOf } from "../../parts/status.tsx";
import { Time } from "../../parts/text.tsx";

export function FailureCard({ invocation }: { readonly invocation: InvocationDetails }) {
  const name = statusOf(invocation);
  const isFinal = invocation.status === "completed";
  const text = isFinal ? invocation.completion_failure : invocation.last_failure;
  if (text === undefined) return null;
  const { last_failure_error_code: code, last_failure_stacktrace: stack } = invocation;
  const Icon = isFinal ? CircleX : RotateCw;
  return (
    <section
      className={`card failure failure-${isFinal ? "final" : "passing"}`}
      aria-labelledby="failure"
    >
      <div className="card-head">
        <Icon size={16} aria-hidden />
        <h2 id="failure">{titleOf(name, invocation)}</h2>
        {invocation.next_retry_at !== undefined && (
          <span className="small num">
            next attempt <Time at={invocation.next_retry_at} />
          </span>
        )}
      </div>
      <div className="card-body stack-small">
        <FailureText text={text} stack={stack} isFinal={isFinal} />
        <RelatedCommand invocation={invocation} />
        {code !== undefined && <Remedy code={code} />}
      </div>
    </section>
  );
}

function titleOf(name: string, { retry_count }: InvocationDetails): string {
  if (name === "failed") return "It failed";
  if (name === "cancelled") return "It was cancelled";
  if (name === "killed") return "It was killed";
  if (name === "paused") return `Paused after ${retry_count} failed attempts`;
  return retry_count === 1 ? "The last attempt failed" : `${retry_count} attempts have failed`;
}

interface FailureTextProps {
  readonly text: string;
  readonly stack: string | undefined;
  readonly isFinal: boolean;
}

function FailureText({ text, stack, isFinal }: FailureTextProps) {
  const [isOpen, setOpen] = useState(false);
  const hasStack = stack !== undefined && stack !== "" && !isFinal;
  return (
    <>
      <p className="failure-text">{text}</p>
      {hasStack && (
        <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
          <summary className="small">Where in the code</summary>
          {isOpen && <Code text={stack} label="stack trace" />}
        </details>
      )}
    </>
  );
}

function RelatedCommand({ invocation }: { readonly invocation: InvocationDetails }) {
  const {
    last_failure_related_command_type: type,
    last_failure_related_command_name: name,
    last_failure_related_command_index: index,
    status,
  } = invocation;
  if (type === undefined || status === "completed") return null;
  return (
    <p className="small">
      While it was at command {index}: {type} {name !== undefined && <code>{name}</code>}
    </p>
  );
}
