/** Changes the settings of a service: those that differ from what they were. */
import type { ServiceChange, ServiceResource } from "@rejoin/client";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useAdmin } from "../../api/admin.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { Note, Problem } from "../../parts/messages.tsx";
import { useToasts } from "../../parts/toasts.tsx";

interface SettingsDialogProps {
  readonly service: ServiceResource;
  readonly onClose: () => void;
}

const DURATIONS = [
  ["idempotency_retention", "Keep results for idempotency keys", "1d"],
  ["journal_retention", "Keep journals of completed invocations", "1d"],
  ["inactivity_timeout", "Ask an idle attempt to suspend after", "1m"],
  ["abort_timeout", "Abort it, if it does not, after a further", "10m"],
] as const;

export function SettingsDialog({ service, onClose }: SettingsDialogProps) {
  const form = useId();
  const admin = useAdmin();
  const queries = useQueryClient();
  const toasts = useToasts();
  const [error, setError] = useState<unknown>();
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const change = toChange(service, new FormData(event.currentTarget));
    if (Object.keys(change).length === 0) return onClose();
    try {
      await admin.changeService(service.name, change);
      await queries.invalidateQueries();
      toasts.say(`The settings of ${service.name} are changed`);
      onClose();
    } catch (cause) {
      setError(cause);
    }
  };
  return (
    <Dialog
      title={`Settings of ${service.name}`}
      onClose={onClose}
      actions={
        <>
          <button type="button" className="btn" onClick={onClose}>
            Leave them
          </button>
          <button type="submit" form={form} className="btn btn-primary">
            Save
          </button>
        </>
      }
    >
      <Note tone="plain">
        They hold from now on, for revision {service.revision}. A new registration takes what the
        code says, but for the limit.
      </Note>
      <form id={form} className="form form-2" onSubmit={(event) => void save(event)}>
        <label className="check form-wide">
          <input type="checkbox" name="public" defaultChecked={service.public} />
          Public: the ingress offers it
        </label>
        {DURATIONS.map(([name, label, example]) => (
          <label key={name} className="field">
            <span className="label">{label}</span>
            <input
              className="input"
              name={name}
              defaultValue={service[name] ?? ""}
              placeholder={`such as ${example}`}
            />
          </label>
        ))}
        {service.ty === "Workflow" && (
          <label className="field">
            <span className="label">Keep completed workflows</span>
            <input
              className="input"
              name="workflow_completion_retention"
              defaultValue={service.workflow_completion_retention ?? ""}
            />
          </label>
        )}
        <label className="field">
          <span className="label">Invocations at a time</span>
          <input
            className="input"
            name="concurrency_limit"
            type="number"
            min={1}
            defaultValue={service.concurrency_limit ?? ""}
            placeholder="no limit"
          />
          <span className="hint">Of all handlers and revisions together</span>
        </label>
      </form>
      {error !== undefined && <Problem error={error} what="change the settings" />}
    </Dialog>
  );
}

function toChange(service: ServiceResource, values: FormData): ServiceChange {
  const isPublic = values.get("public") !== null;
  const names = [...DURATIONS.map(([name]) => name), "workflow_completion_retention"] as const;
  const durations = names.flatMap((name) => {
    const text = String(values.get(name) ?? "").trim();
    return text === "" || text === service[name] ? [] : [[name, text] as const];
  });
  const limitText = String(values.get("concurrency_limit") ?? "").trim();
  const limit = limitText === "" ? undefined : Number(limitText);
  return {
    ...(isPublic === service.public ? {} : { public: isPublic }),
    ...Object.fromEntries(durations),
    ...(limit === service.concurrency_limit ? {} : { concurrency_limit: limit ?? null }),
  };
}
