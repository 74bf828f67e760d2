/** Rules about how many invocations may run at a time. */
import type { RuleResource } from "@rejoin/client";
import { useQueryClient } from "@tanstack/react-query";
import { Pencil, Plus, SlidersHorizontal, Trash2 } from "lucide-react";
import { useState } from "react";
import { useAdmin, usePolled } from "../../api/admin.ts";
import { formatCount } from "../../format/size.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { Empty, Loading, Problem } from "../../parts/messages.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { Time } from "../../parts/text.tsx";
import { useToasts } from "../../parts/toasts.tsx";
import { RuleDialog } from "./rule-dialog.tsx";

const EVERY_MS = 5000;

export function LimitsPage() {
  const admin = useAdmin();
  const [edited, setEdited] = useState<RuleResource | "new">();
  const [removed, setRemoved] = useState<RuleResource>();
  const { data, error } = usePolled(["rules"], () => admin.listRules(), { everyMs: EVERY_MS });
  return (
    <>
      <PageHead title="Limits">
        <button type="button" className="btn btn-primary" onClick={() => setEdited("new")}>
          <Plus size={15} aria-hidden /> New rule
        </button>
      </PageHead>
      <p className="muted prose-width">
        A rule bounds how many invocations of a scope, or of a limit key within it, run at a time.
        What waits for a result gives its slot to others. Limits of services are among their
        settings.
      </p>
      {error !== null && <Problem error={error} what="load the rules" />}
      {data === undefined ? (
        error === null && <Loading />
      ) : (
        <RuleTable rules={data} onEdit={setEdited} onRemove={setRemoved} />
      )}
      {edited !== undefined && (
        <RuleDialog
          rule={edited === "new" ? undefined : edited}
          onClose={() => setEdited(undefined)}
        />
      )}
      {removed !== undefined && <RemoveRule rule={removed} onClose={() => setRemoved(undefined)} />}
    </>
  );
}

interface RuleTableProps {
  readonly rules: readonly RuleResource[];
  readonly onEdit: (rule: RuleResource) => void;
  readonly onRemove: (rule: RuleResource) => void;
}

function RuleTable({ rules, onEdit, onRemove }: RuleTableProps) {
  if (rules.length === 0) {
    return (
      <div className="card">
        <Empty Icon={SlidersHorizontal} title="There are no rules">
          <p>Invocations of a scope run as many at a time as the server can take.</p>
        </Empty>
      </div>
    );
  }
  return (
    <div className="card table-wrap">
      <table className="table table-rows">
        <thead>
          <tr>
            <th scope="col">Pattern</th>
            <th scope="col" className="num">
              At a time
            </th>
            <th scope="col">Description</th>
            <th scope="col">Changed</th>
            <th scope="col" />
          </tr>
        </thead>
        <tbody>
          {rules.map((rule) => (
            <tr key={rule.pattern}>
              <td>
                <span className="row row-wrap">
                  <code>{rule.pattern}</code>
                  {rule.disabled && <span className="tag">off</span>}
                </span>
              </td>
              <td className="num">
                {rule.limits.concurrency === undefined
                  ? "no limit"
                  : formatCount(rule.limits.concurrency)}
              </td>
              <td className="muted">{rule.description}</td>
              <td className="muted">
                <Time at={new Date(rule.last_modified_millis_since_epoch).toISOString()} />
              </td>
              <td className="right nowrap">
                <button
                  type="button"
                  className="btn btn-quiet btn-icon btn-small"
                  aria-label={`Edit ${rule.pattern}`}
                  onClick={() => onEdit(rule)}
                >
                  <Pencil size={14} aria-hidden />
                </button>
                <button
                  type="button"
                  className="btn btn-quiet btn-icon btn-small"
                  aria-label={`Remove ${rule.pattern}`}
                  onClick={() => onRemove(rule)}
                >
                  <Trash2 size={14} aria-hidden />
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function RemoveRule({
  rule,
  onClose,
}: {
  readonly rule: RuleResource;
  readonly onClose: () => void;
}) {
  const admin = useAdmin();
  const queries = useQueryClient();
  const toasts = useToasts();
  const [error, setError] = useState<unknown>();
  const { pattern, version } = rule;
  const remove = async () => {
    try {
      await admin.removeRules([{ pattern, expected_version: version }]);
      await queries.invalidateQueries();
      toasts.say(`The rule ${pattern} is removed`);
      onClose();
    } catch (cause) {
      setError(cause);
    }
  };
  return (
    <Dialog
      title={`Remove the rule ${pattern}`}
      onClose={onClose}
      actions={
        <>
          <button type="button" className="btn" onClick={onClose}>
            Leave it
          </button>
          <button type="button" className="btn btn-solid-danger" onClick={() => void remove()}>
            Remove
          </button>
        </>
      }
    >
      <p>What it holds back begins at once, unless a wider rule bounds it too.</p>
      {error !== undefined && <Problem error={error} what="remove it" />}
    </Dialog>
  );
}
