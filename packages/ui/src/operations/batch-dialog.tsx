/** Asks before an operation on many invocations, and shows how far it is. */
import { clsx } from "clsx";
import { useState } from "react";
import { plural } from "../format/size.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Note, Problem } from "../parts/messages.tsx";
import { BatchProgressView } from "./batch-progress.tsx";
import { OPERATIONS, type OperationName } from "./operations.ts";
import { useBatch } from "./use-batch.ts";

export interface BatchDialogProps {
  readonly name: OperationName;
  /** How many it will be. */
  readonly count: number;
  /** Gives their ids when it begins: they may have to be asked for. */
  readonly collect: () => Promise<readonly string[]>;
  readonly onClose: () => void;
  /** What else there is to know. */
  readonly remark?: string;
  readonly title?: string;
}

export function BatchDialog(props: BatchDialogProps) {
  const { name, count, collect, onClose, remark } = props;
  const { title, effect, isDangerous } = OPERATIONS[name];
  const { progress, start, stop } = useBatch();
  const [phase, setPhase] = useState<"asking" | "collecting" | "running">("asking");
  const [error, setError] = useState<unknown>();
  const begin = async () => {
    setPhase("collecting");
    setError(undefined);
    try {
      const ids = await collect();
      setPhase("running");
      await start(name, ids);
    } catch (cause) {
      setError(cause);
      setPhase("asking");
    }
  };
  const what = plural(count, "invocation");
  const isOver = progress?.isOver === true;
  return (
    <Dialog
      title={props.title ?? `${title} ${what}`}
      onClose={onClose}
      actions={
        phase === "asking" ? (
          <>
            <button type="button" className="btn" onClick={onClose}>
              Leave as they are
            </button>
            <button
              type="button"
              className={clsx("btn", isDangerous ? "btn-solid-danger" : "btn-primary")}
              onClick={() => void begin()}
            >
              {title} {what}
            </button>
          </>
        ) : (
          <button type="button" className="btn" onClick={isOver ? onClose : stop}>
            {isOver ? "Close" : "Stop"}
          </button>
        )
      }
    >
      {phase === "asking" && <p>{effect}</p>}
      {phase === "asking" && remark !== undefined && <Note tone="amber">{remark}</Note>}
      {error !== undefined && <Problem error={error} what="begin" />}
      {phase === "collecting" && <p role="status">Finding them …</p>}
      {progress !== undefined && phase === "running" && (
        <BatchProgressView progress={progress} done={OPERATIONS[name].done} />
      )}
    </Dialog>
  );
}
