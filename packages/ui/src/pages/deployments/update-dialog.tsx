import type { DeploymentDetails, UpdateDeploymentRequest } from "@rejoin/client";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useAdmin } from "../../api/admin.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { Note, Problem } from "../../parts/messages.tsx";
import { useToasts } from "../../parts/toasts.tsx";
import { diffServices } from "./changes.ts";
import { DiffView } from "./diff-view.tsx";
import { parseHeaders } from "./register-form.tsx";

interface UpdateDialogProps {
  readonly deployment: DeploymentDetails;
  readonly onClose: () => void;
}

/** Moves a deployment to another address, with what is in flight on it: after a look at what is there. */
export function UpdateDialog({ deployment, onClose }: UpdateDialogProps) {
  const form = useId();
  const { preview, error, look, update } = useUpdate(deployment, onClose);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const request = readRequest(deployment, new FormData(event.currentTarget));
    void (preview === undefined ? look(request) : update(request));
  };
  const headers = Object.entries(deployment.additional_headers ?? {});
  return (
    <Dialog
      title="Update the deployment"
      onClose={onClose}
      isWide
      actions={
        <>
          <button type="button" className="btn" onClick={onClose}>
            Leave it
          </button>
          <button type="submit" form={form} className="btn btn-primary">
            {preview === undefined ? "See what is there" : "Update"}
          </button>
        </>
      }
    >
      <form id={form} className="form" onSubmit={submit}>
        <label className="field">
          <span className="label">{deployment.arn === undefined ? "Address" : "ARN"}</span>
          <input
            className="input"
            name="address"
            required
            defaultValue={deployment.arn ?? deployment.uri ?? ""}
          />
          <span className="hint">Invocations in flight go on there, from where they are</span>
        </label>
        <label className="field">
          <span className="label">Headers of every request to it</span>
          <textarea
            className="textarea"
            name="headers"
            rows={2}
            defaultValue={headers.map(([name, value]) => `${name}: ${value}`).join("\n")}
          />
        </label>
        <label className="check">
          <input type="checkbox" name="overwrite" /> Take its definitions of the services too
        </label>
      </form>
      {preview !== undefined && (
        <>
          <Note tone="amber">Update again makes the change: this is what is served there.</Note>
          <DiffView diffs={diffServices(deployment.services, preview.services)} />
        </>
      )}
      {error !== undefined && <Problem error={error} what="update it" />}
    </Dialog>
  );
}

function useUpdate(deployment: DeploymentDetails, onClose: () => void) {
  const admin = useAdmin();
  const queries = useQueryClient();
  const toasts = useToasts();
  const [preview, setPreview] = useState<DeploymentDetails>();
  const [error, setError] = useState<unknown>();
  const attempt = async (act: () => Promise<void>) => {
    setError(undefined);
    try {
      await act();
    } catch (cause) {
      setError(cause);
    }
  };
  const look = (request: UpdateDeploymentRequest) =>
    attempt(async () => {
      setPreview(await admin.updateDeployment(deployment.id, { ...request, dry_run: true }));
    });
  const update = (request: UpdateDeploymentRequest) =>
    attempt(async () => {
      await admin.updateDeployment(deployment.id, request);
      await queries.invalidateQueries();
      toasts.say("The deployment is updated");
      onClose();
    });
  return { preview, error, look, update };
}

function readRequest(deployment: DeploymentDetails, values: FormData): UpdateDeploymentRequest {
  const address = String(values.get("address") ?? "").trim();
  const headers = parseHeaders(String(values.get("headers") ?? ""));
  const former = deployment.additional_headers ?? {};
  const isSame = JSON.stringify(headers) === JSON.stringify(former);
  return {
    ...(deployment.arn === undefined ? { uri: address } : { arn: address }),
    ...(isSame ? {} : { additional_headers: headers }),
    ...(values.has("overwrite") ? { overwrite: true } : {}),
  };
}
