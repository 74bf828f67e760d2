/** The attempts that failed, the latest first. */
import type { InvocationDetails, InvocationEventResource } from "@rejoin/client";
import { CircleCheckBig, CirclePause, RotateCw } from "lucide-react";
import { Code } from "../../parts/code.tsx";
import { Empty } from "../../parts/messages.tsx";
import { Remedy } from "../../parts/remedy.tsx";
import { Time } from "../../parts/text.tsx";

export function Events({ invocation }: { readonly invocation: InvocationDetails }) {
  const events = invocation.events ?? [];
  if (events.length === 0) {
    return (
      <Empty Icon={CircleCheckBig} title="No attempt has failed">
        <p className="small">
          Attempts that failed and were tried again are listed here, with why.
        </p>
      </Empty>
    );
  }
  return (
    <ol className="events">
      {events.toReversed().map((event) => (
        <EventView
          key={`${event.appended_at} ${event.attempt} ${event.event_type}`}
          event={event}
        />
      ))}
    </ol>
  );
}

function EventView({ event }: { readonly event: InvocationEventResource }) {
  const isPause = event.event_type === "Paused";
  const Icon = isPause ? CirclePause : RotateCw;
  const { error_message: message, error_stacktrace: stack, error_code: code } = event;
  return (
    <li>
      <div className="row row-wrap">
        <Icon size={14} aria-hidden className={isPause ? "tone-icon-orange" : "tone-icon-amber"} />
        <strong>{isPause ? "Paused" : `Attempt ${event.attempt} failed`}</strong>
        <span className="muted small">
          <Time at={event.appended_at} isExact /> · behind entry {event.after_journal_entry_index}
        </span>
      </div>
      {message !== undefined && (
        <p className="wrap">
          {code !== undefined && <span className="muted">[{code}] </span>}
          {message}
        </p>
      )}
      {event.restate_doc_error_code !== undefined && <Remedy code={event.restate_doc_error_code} />}
      {stack !== undefined && stack !== "" && (
        <details>
          <summary className="small">Where in the code</summary>
          <Code text={stack} label="stack trace" />
        </details>
      )}
    </li>
  );
}
