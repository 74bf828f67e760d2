/** The payload of a journal entry, loaded when it is looked at. */
import { readEntryValue, usePolled } from "../../api/admin.ts";
import { Payload } from "../../parts/code.tsx";
import { Loading, Problem } from "../../parts/messages.tsx";

interface EntryPayloadProps {
  readonly id: string;
  readonly index: number;
  readonly title: string;
  /** Unless what is around it says what it is. */
  readonly hasTitle?: boolean;
}

export function EntryPayload({ id, index, title, hasTitle = true }: EntryPayloadProps) {
  const { data, error, refetch } = usePolled(["entry", id, index], () => readEntryValue(id, index));
  return (
    <div className="stack-small">
      {(hasTitle || data?.kind === "failure") && (
        <h3>{data?.kind === "failure" ? "Failure" : title}</h3>
      )}
      {error !== null ? (
        <Problem error={error} what="load it" retry={() => void refetch()} />
      ) : data === undefined ? (
        <Loading lines={2} />
      ) : (
        <Payload bytes={data.bytes} label={title.toLowerCase()} />
      )}
    </div>
  );
}
