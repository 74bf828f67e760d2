/** Asks before an operation on one invocation, and says what it will do. */
import type { DeploymentChoice } from "@rejoin/client";
import { useQueryClient } from "@tanstack/react-query";
import { clsx } from "clsx";
import { useState } from "react";
import { useLocation } from "wouter";
import { useAdmin } from "../api/admin.ts";
import { plural } from "../format/size.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Note, Problem } from "../parts/messages.tsx";
import { shortId } from "../parts/text.tsx";
import { useToasts } from "../parts/toasts.tsx";
import { DeploymentField } from "./deployment-field.tsx";
import { OPERATIONS, type OperationName } from "./operations.ts";

export interface OperatedInvocation {
  readonly id: string;
  readonly target: string;
  readonly target_service_name: string;
  readonly children?: {
    readonly started: number;
    readonly succeeded: number;
    readonly failed: number;
  };
}

export interface OperationDialogProps {
  readonly name: OperationName;
  readonly invocation: OperatedInvocation;
  readonly onClose: () => void;
  /** The last journal entry that a restart keeps. */
  readonly from?: number;
}

const CHOOSES_DEPLOYMENT: readonly OperationName[] = ["resume", "restart-as-new"];

export function OperationDialog({ name, invocation, onClose, from }: OperationDialogProps) {
  const { title, effect, isDangerous } = OPERATIONS[name];
  const choosesDeployment = CHOOSES_DEPLOYMENT.includes(name);
  const byDefault = name === "restart-as-new" && from === undefined ? "latest" : "keep";
  const [deployment, setDeployment] = useState<DeploymentChoice>(byDefault);
  const { operate, isBusy, error } = useOperation({ name, invocation, from, deployment, onClose });
  const what = from === undefined ? title : `Restart from entry ${from}`;
  return (
    <Dialog
      title={what}
      onClose={onClose}
      actions={
        <>
          <button type="button" className="btn" onClick={onClose}>
            Leave it as it is
          </button>
          <button
            type="button"
            className={clsx("btn", isDangerous ? "btn-solid-danger" : "btn-primary")}
            disabled={isBusy}
            onClick={() => void operate()}
          >
            {isBusy ? "One moment …" : what}
          </button>
        </>
      }
    >
      <p>
        <strong>{invocation.target}</strong>{" "}
        <span className="mono muted" title={invocation.id}>
          {shortId(invocation.id)}
        </span>
      </p>
      <p>{from === undefined ? effect : restartEffect(from)}</p>
      <ChildrenNote name={name} invocation={invocation} />
      {choosesDeployment && (
        <DeploymentField
          service={invocation.target_service_name}
          value={deployment}
          onChange={setDeployment}
        />
      )}
      {error !== undefined && <Problem error={error} what={title.toLowerCase()} />}
    </Dialog>
  );
}

function restartEffect(from: number): string {
  return `A new invocation begins with the journal up to entry ${from}: what it says has been done is not done again, and all that comes after it is. The old invocation stays as it is.`;
}

function ChildrenNote({ name, invocation }: Pick<OperationDialogProps, "name" | "invocation">) {
  const { started = 0, succeeded = 0, failed = 0 } = invocation.children ?? {};
  const open = started - succeeded - failed;
  if (open <= 0 || (name !== "cancel" && name !== "kill")) return null;
  return (
    <Note tone="amber">
      It waits for {plural(open, "invocation")} that it has called: they are {OPERATIONS[name].done}{" "}
      too.
    </Note>
  );
}

interface OperationInput extends Omit<OperationDialogProps, "from"> {
  readonly deployment: DeploymentChoice;
  readonly from: number | undefined;
}

function useOperation({ name, invocation, from, deployment, onClose }: OperationInput) {
  const admin = useAdmin();
  const queries = useQueryClient();
  const toasts = useToasts();
  const [, navigate] = useLocation();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const { id } = invocation;
  const ask = async (): Promise<string> => {
    switch (name) {
      case "cancel":
        return (await admin.cancelInvocation(id)) === "done" ? "Cancelled" : "Asked to cancel";
      case "pause":
        return (await admin.pauseInvocation(id)) === "done" ? "Paused" : "Asked to pause";
      case "kill":
        await admin.killInvocation(id);
        return "Killed";
      case "purge":
        await admin.purgeInvocation(id);
        navigate("/invocations");
        return "Purged";
      case "resume":
        await admin.resumeInvocation(id, deployment);
        return "Resumed";
      case "restart-as-new": {
        const options = from === undefined ? { deployment } : { from, deployment };
        navigate(`/invocations/${await admin.restartInvocation(id, options)}`);
        return "Restarted: this is the new one";
      }
    }
  };
  const operate = async () => {
    setBusy(true);
    setError(undefined);
    try {
      toasts.say(await ask());
      await queries.invalidateQueries();
      onClose();
    } catch (cause) {
      setError(cause);
      setBusy(false);
    }
  };
  return { operate, isBusy, error };
}
