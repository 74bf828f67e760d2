import type { RuleResource } from "@rejoin/client";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useAdmin } from "../../api/admin.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { Problem } from "../../parts/messages.tsx";
import { useToasts } from "../../parts/toasts.tsx";

interface RuleDialogProps {
  /** `undefined` for a new one. */
  readonly rule: RuleResource | undefined;
  readonly onClose: () => void;
}

/** Makes a rule, or changes one unless somebody else has meanwhile. */
export function RuleDialog({ rule, onClose }: RuleDialogProps) {
  const form = useId();
  const admin = useAdmin();
  const queries = useQueryClient();
  const toasts = useToasts();
  const [error, setError] = useState<unknown>();
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const change = readChange(rule, new FormData(event.currentTarget));
    try {
      await admin.putRules([change]);
      await queries.invalidateQueries();
      toasts.say(`The rule ${change.pattern} holds`);
      onClose();
    } catch (cause) {
      setError(cause);
    }
  };
  return (
    <Dialog
      title={rule === undefined ? "New rule" : `Rule ${rule.pattern}`}
      onClose={onClose}
      actions={
        <>
          <button type="button" className="btn" onClick={onClose}>
            Leave it
          </button>
          <button type="submit" form={form} className="btn btn-primary">
            Save
          </button>
        </>
      }
    >
      <form id={form} className="form" onSubmit={(event) => void save(event)}>
        <label className="field">
          <span className="label">Pattern</span>
          <input
            className="input mono"
            name="pattern"
            required
            readOnly={rule !== undefined}
            defaultValue={rule?.pattern ?? ""}
            placeholder="tenant-a, tenant-a/*, */checkout"
          />
          <span className="hint">
            scope, scope/level 1 or scope/level 1/level 2; each is exact, or * for any
          </span>
        </label>
        <label className="field">
          <span className="label">Invocations at a time</span>
          <input
            className="input"
            name="concurrency"
            type="number"
            min={1}
            defaultValue={rule?.limits.concurrency ?? ""}
            placeholder="no limit"
          />
        </label>
        <label className="field">
          <span className="label">Description</span>
          <input className="input" name="description" defaultValue={rule?.description ?? ""} />
        </label>
        <label className="check">
          <input type="checkbox" name="enabled" defaultChecked={rule?.disabled !== true} /> It holds
        </label>
      </form>
      {error !== undefined && <Problem error={error} what="save the rule" />}
    </Dialog>
  );
}

function readChange(rule: RuleResource | undefined, values: FormData) {
  const text = (name: string) => String(values.get(name) ?? "").trim();
  const concurrency = text("concurrency");
  return {
    pattern: text("pattern"),
    limits: concurrency === "" ? {} : { concurrency: Number(concurrency) },
    ...(text("description") === "" ? {} : { description: text("description") }),
    disabled: !values.has("enabled"),
    precondition:
      rule === undefined
        ? ({ type: "does_not_exist" } as const)
        : ({ type: "matches", version: rule.version } as const),
  };
}
