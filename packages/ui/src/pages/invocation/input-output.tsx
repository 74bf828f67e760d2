/** What it was given and what it gave, loaded when they are opened. */
import type { InvocationDetails } from "@rejoin/client";
import { useState } from "react";
import { formatBytes } from "../../format/size.ts";
import { EntryPayload } from "./entry-payload.tsx";
import type { Journal } from "./use-journal.ts";

interface InputOutputProps {
  readonly invocation: InvocationDetails;
  readonly journal: Journal;
}

export function InputOutput({ invocation, journal }: InputOutputProps) {
  const { id, journal_size, input_length, output_length } = invocation;
  const output = journal.reader.steps.findLast(({ kind }) => kind === "output");
  if (journal_size === 0) return null;
  return (
    <div className="grid grid-2">
      <Part title="Input" length={input_length} id={id} index={0} />
      {output !== undefined && (
        <Part title="Output" length={output_length} id={id} index={output.index} />
      )}
    </div>
  );
}

interface PartProps {
  readonly title: string;
  readonly length: number | undefined;
  readonly id: string;
  readonly index: number;
}

/** Small ones are shown at once. */
const SHOWN_BYTES_MAX = 20_000;

function Part({ title, length, id, index }: PartProps) {
  const [isOpen, setOpen] = useState((length ?? 0) <= SHOWN_BYTES_MAX);
  return (
    <details
      className="card payload-card"
      open={isOpen}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary className="card-head">
        <h2>{title}</h2>
        {length !== undefined && <span className="muted small num">{formatBytes(length)}</span>}
      </summary>
      <div className="card-body">
        {isOpen && <EntryPayload id={id} index={index} title={title} hasTitle={false} />}
      </div>
    </details>
  );
}
