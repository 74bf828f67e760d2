/** Registers a deployment: first what it would change, then the change. */
import { ClientError, type RegisterDeploymentRequest, type Registration } from "@rejoin/client";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useAdmin, usePolled } from "../../api/admin.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { Note, Problem } from "../../parts/messages.tsx";
import { Remedy } from "../../parts/remedy.tsx";
import { useToasts } from "../../parts/toasts.tsx";
import { diffServices } from "./changes.ts";
import { DiffView } from "./diff-view.tsx";
import { RegisterForm, readRequest } from "./register-form.tsx";

export function RegisterDialog({ onClose }: { readonly onClose: () => void }) {
  const form = useId();
  const steps = useRegistration(onClose);
  const { preview, request, error, isBusy } = steps;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    void steps.look(readRequest(new FormData(event.currentTarget)));
  };
  return (
    <Dialog
      title="Register a deployment"
      onClose={onClose}
      isWide
      actions={
        <>
          {preview !== undefined && (
            <button type="button" className="btn" onClick={steps.back}>
              Back
            </button>
          )}
          <button type="button" className="btn" onClick={onClose}>
            Leave it
          </button>
          {preview === undefined ? (
            <button type="submit" form={form} className="btn btn-primary" disabled={isBusy}>
              {isBusy ? "Asking it …" : "See what it serves"}
            </button>
          ) : (
            <button
              type="button"
              className="btn btn-primary"
              disabled={isBusy || (!preview.created && request?.force !== true)}
              onClick={() => void steps.register()}
            >
              Register
            </button>
          )}
        </>
      }
    >
      <div hidden={preview !== undefined}>
        <RegisterForm id={form} onSubmit={submit} />
      </div>
      {preview !== undefined && <Preview preview={preview} isForced={request?.force === true} />}
      {error !== undefined && <Refusal error={error} />}
    </Dialog>
  );
}

function useRegistration(onClose: () => void) {
  const admin = useAdmin();
  const queries = useQueryClient();
  const toasts = useToasts();
  const [request, setRequest] = useState<RegisterDeploymentRequest>();
  const [preview, setPreview] = useState<Registration>();
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const attempt = async (act: () => Promise<void>) => {
    setBusy(true);
    setError(undefined);
    try {
      await act();
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  const look = (next: RegisterDeploymentRequest) =>
    attempt(async () => {
      setRequest(next);
      setPreview(await admin.registerDeployment({ ...next, dry_run: true }));
    });
  const register = () =>
    attempt(async () => {
      if (request === undefined) return;
      const { deployment } = await admin.registerDeployment(request);
      await queries.invalidateQueries();
      toasts.say(`Registered ${deployment.services.map(({ name }) => name).join(", ")}`);
      onClose();
    });
  const back = () => setPreview(undefined);
  return { request, preview, error, isBusy, look, register, back };
}

interface PreviewProps {
  readonly preview: Registration;
  readonly isForced: boolean;
}

function Preview({ preview, isForced }: PreviewProps) {
  const admin = useAdmin();
  const { data = [] } = usePolled(["services"], () => admin.listServices());
  const { created, deployment } = preview;
  return (
    <>
      {!created && !isForced && (
        <Note tone="amber">
          This address is registered already, and nothing would change. If its code is another one
          now, go back and choose to overwrite: in production, deploy at a new address instead.
        </Note>
      )}
      {!created && isForced && (
        <Note tone="red">
          Overwrites what is registered: invocations in flight go on with the new code, and fail
          where it does not do what their journals say.
        </Note>
      )}
      {(deployment.info ?? []).map(({ code, message }) => (
        <Note key={message} tone="amber">
          {code} {message}
        </Note>
      ))}
      <DiffView diffs={diffServices(data, deployment.services)} />
    </>
  );
}

function Refusal({ error }: { readonly error: unknown }) {
  const code = error instanceof ClientError ? error.restateCode : undefined;
  return (
    <>
      <Problem error={error} what="register it" />
      {code !== undefined && <Remedy code={code} />}
      {code === "META0006" && (
        <p className="small muted">Go back and allow breaking changes, if it is meant so.</p>
      )}
    </>
  );
}
