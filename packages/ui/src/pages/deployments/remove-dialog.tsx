import type { DeploymentDetails } from "@rejoin/client";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { useAdmin } from "../../api/admin.ts";
import { plural } from "../../format/size.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { Note, Problem } from "../../parts/messages.tsx";
import { useToasts } from "../../parts/toasts.tsx";
import { addressOf } from "./deployments-page.tsx";

interface RemoveDialogProps {
  readonly deployment: DeploymentDetails;
  readonly inFlight: number | undefined;
  readonly onClose: () => void;
}

/** Removes a deployment; while something needs it, only by force, and said so. */
export function RemoveDialog({ deployment, inFlight, onClose }: RemoveDialogProps) {
  const admin = useAdmin();
  const queries = useQueryClient();
  const toasts = useToasts();
  const [, navigate] = useLocation();
  const [isSure, setSure] = useState(false);
  const [error, setError] = useState<unknown>();
  const isNeeded = inFlight === undefined || inFlight > 0;
  const remove = async () => {
    try {
      // Without force the server refuses even what is drained.
      await admin.removeDeployment(deployment.id, { force: true });
      navigate("/deployments");
      toasts.say(`Removed ${addressOf(deployment)}`);
      await queries.invalidateQueries();
    } catch (cause) {
      setError(cause);
    }
  };
  return (
    <Dialog
      title="Remove the deployment"
      onClose={onClose}
      actions={
        <>
          <button type="button" className="btn" onClick={onClose}>
            Leave it
          </button>
          <button
            type="button"
            className="btn btn-solid-danger"
            disabled={isNeeded && !isSure}
            onClick={() => void remove()}
          >
            Remove
          </button>
        </>
      }
    >
      <p className="wrap">
        <strong>{addressOf(deployment)}</strong> is forgotten, and so are the revisions of services
        that only it serves: {deployment.services.map(({ name }) => name).join(", ")}.
      </p>
      {inFlight === 0 && <p className="muted">Nothing is in flight on it.</p>}
      {isNeeded && (
        <>
          <Note tone="red">
            {inFlight === undefined
              ? "It is not known how much is in flight on it."
              : `${plural(inFlight, "invocation")} in flight cannot go on without it, and will fail or be paused.`}
          </Note>
          <label className="check">
            <input
              type="checkbox"
              checked={isSure}
              onChange={(event) => setSure(event.currentTarget.checked)}
            />
            Remove it all the same
          </label>
        </>
      )}
      {error !== undefined && <Problem error={error} what="remove it" />}
    </Dialog>
  );
}
