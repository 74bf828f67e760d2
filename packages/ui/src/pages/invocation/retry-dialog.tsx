/** Retries all children that failed: those that live where they are, those that ended from their input. */
import type { AdminClient, InvocationResource } from "@rejoin/client";
import { useState } from "react";
import { useAdmin } from "../../api/admin.ts";
import { planRetry } from "../../fan-out/progress.ts";
import { formatCount, plural } from "../../format/size.ts";
import { BatchProgressView } from "../../operations/batch-progress.tsx";
import type { BatchProgress } from "../../operations/run-batch.ts";
import { useBatch } from "../../operations/use-batch.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { Note, Problem } from "../../parts/messages.tsx";

interface RetryDialogProps {
  readonly id: string;
  /** How many have ended with a failure. */
  readonly ended: number;
  /** How many wait for a further attempt, or for an operator. */
  readonly living: number;
  readonly onClose: () => void;
}

/** Which of them to retry. */
interface Choice {
  readonly living: boolean;
  readonly ended: boolean;
}

type Phase = "asking" | "collecting" | "resuming" | "restarting" | "over";

export function RetryDialog({ id, ended, living, onClose }: RetryDialogProps) {
  const { phase, resumed, progress, error, begin, stop } = useRetry(id);
  const [choice, setChoice] = useState<Choice>({ living: living > 0, ended: ended > 0 });
  const total = (choice.living ? living : 0) + (choice.ended ? ended : 0);
  return (
    <Dialog
      title="Retry what failed"
      onClose={onClose}
      actions={
        phase === "asking" ? (
          <>
            <button type="button" className="btn" onClick={onClose}>
              Leave them as they are
            </button>
            <button
              type="button"
              className="btn btn-primary"
              disabled={total === 0}
              onClick={() => void begin(choice)}
            >
              Retry {formatCount(total)}
            </button>
          </>
        ) : (
          <button type="button" className="btn" onClick={phase === "over" ? onClose : stop}>
            {phase === "over" ? "Close" : "Stop"}
          </button>
        )
      }
    >
      {phase === "asking" && (
        <Choices ended={ended} living={living} choice={choice} onChange={setChoice} />
      )}
      {error !== undefined && <Problem error={error} what="retry them" />}
      {phase === "collecting" && <p role="status">Finding them …</p>}
      {resumed !== undefined && <BatchProgressView progress={resumed} done="resumed" />}
      {phase === "resuming" && progress !== undefined && (
        <BatchProgressView progress={progress} done="resumed" />
      )}
      {(phase === "restarting" || phase === "over") &&
        progress !== undefined &&
        progress.total > 0 && <BatchProgressView progress={progress} done="restarted as new" />}
    </Dialog>
  );
}

interface ChoicesProps {
  readonly ended: number;
  readonly living: number;
  readonly choice: Choice;
  readonly onChange: (choice: Choice) => void;
}

function Choices({ ended, living, choice, onChange }: ChoicesProps) {
  return (
    <>
      {living > 0 && (
        <label className="choice">
          <input
            type="checkbox"
            checked={choice.living}
            onChange={(event) => onChange({ ...choice, living: event.currentTarget.checked })}
          />
          <span>
            <strong>{plural(living, "call")}</strong> that wait for their next attempt, or are
            paused, get it now. They go on where they were, and their result reaches the caller.
          </span>
        </label>
      )}
      {ended > 0 && (
        <label className="choice">
          <input
            type="checkbox"
            checked={choice.ended}
            onChange={(event) => onChange({ ...choice, ended: event.currentTarget.checked })}
          />
          <span>
            <strong>{plural(ended, "call")}</strong> that ended with a failure begin anew with the
            same input, as new invocations.
          </span>
        </label>
      )}
      {choice.ended && (
        <Note tone="amber">
          The caller has had their failure: results of the new ones do not reach it. To have it wait
          for them, restart the caller itself.
        </Note>
      )}
    </>
  );
}

function useRetry(id: string) {
  const admin = useAdmin();
  const { progress, start, stop } = useBatch();
  const [phase, setPhase] = useState<Phase>("asking");
  const [resumed, setResumed] = useState<BatchProgress>();
  const [error, setError] = useState<unknown>();
  const begin = async (choice: Choice) => {
    setPhase("collecting");
    try {
      const plan = planRetry(await collectFailed(admin, id));
      if (choice.living && plan.resumed.length > 0) {
        setPhase("resuming");
        setResumed(await start("resume", plan.resumed));
      }
      setPhase("restarting");
      await start("restart-as-new", choice.ended ? plan.restarted : []);
    } catch (cause) {
      setError(cause);
    }
    setPhase("over");
  };
  return { phase, resumed, progress, error, begin, stop };
}

async function collectFailed(admin: AdminClient, id: string): Promise<InvocationResource[]> {
  const ended = collect((after) => admin.listChildren(id, { failed: true, limit: 1000, ...after }));
  const living = collect((after) =>
    admin.listInvocations({ parent: id, status: "paused,backing-off", limit: 1000, ...after }),
  );
  return (await Promise.all([ended, living])).flat();
}

interface Page {
  readonly invocations: readonly InvocationResource[];
  readonly next?: string;
}

async function collect(
  ask: (after: { readonly after?: string }) => Promise<Page>,
): Promise<InvocationResource[]> {
  const found: InvocationResource[] = [];
  let page = await ask({});
  found.push(...page.invocations);
  while (page.next !== undefined) {
    page = await ask({ after: page.next });
    found.push(...page.invocations);
  }
  return found;
}
