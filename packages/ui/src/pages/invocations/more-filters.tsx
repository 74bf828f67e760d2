/** The conditions that are needed less often. */
import { type FormEvent, useId } from "react";
import type { ListFilter } from "../../filters/invocation-filter.ts";
import { Dialog } from "../../parts/dialog.tsx";

interface MoreFiltersProps {
  readonly filter: ListFilter;
  readonly onChange: (filter: ListFilter) => void;
  readonly onClose: () => void;
}

const FIELDS = [
  { member: "error", label: "Failure contains", hint: "Of the last or the final failure" },
  { member: "target", label: "Target", hint: "service, service/handler or object/key/handler" },
  { member: "key", label: "Key", hint: "Of the object or workflow, as a whole" },
  { member: "id", label: "Id begins with", hint: "inv_…" },
  {
    member: "createdAfter",
    label: "Created after",
    hint: "A span before now such as 15m, 2h, 1d, or a date",
  },
  { member: "createdBefore", label: "Created before", hint: "Likewise" },
  { member: "deployment", label: "Deployment", hint: "The one that it is pinned to" },
  { member: "parent", label: "Called by", hint: "The id of an invocation" },
  { member: "root", label: "In the tree of", hint: "The id of the invocation at its top" },
  { member: "idempotencyKey", label: "Idempotency key", hint: "As it was given" },
] as const satisfies readonly {
  readonly member: keyof ListFilter;
  readonly label: string;
  readonly hint: string;
}[];

export function MoreFilters({ filter, onChange, onClose }: MoreFiltersProps) {
  const form = useId();
  const apply = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    const read = (name: string) => String(values.get(name) ?? "").trim();
    const { status, service, order } = filter;
    const texts = FIELDS.map(({ member }) => [member, read(member)] as const);
    const handlers = read("handler")
      .split(",")
      .map((name) => name.trim());
    onChange({
      status,
      service,
      order,
      handler: handlers.filter((name) => name !== ""),
      ...Object.fromEntries(texts.filter(([, text]) => text !== "")),
      ...(read("invokedBy") === "" ? {} : { invokedBy: read("invokedBy") }),
    });
    onClose();
  };
  return (
    <Dialog
      title="Filters"
      onClose={onClose}
      actions={
        <>
          <button type="button" className="btn" onClick={onClose}>
            Leave as it is
          </button>
          <button type="submit" form={form} className="btn btn-primary">
            Apply
          </button>
        </>
      }
    >
      <form id={form} className="form form-2" onSubmit={apply}>
        <label className="field">
          <span className="label">Handler</span>
          <input className="input" name="handler" defaultValue={filter.handler.join(", ")} />
          <span className="hint">One or more, with commas</span>
        </label>
        {FIELDS.map(({ member, label, hint }) => (
          <label key={member} className="field">
            <span className="label">{label}</span>
            <input className="input" name={member} defaultValue={filter[member] ?? ""} />
            <span className="hint">{hint}</span>
          </label>
        ))}
        <label className="field">
          <span className="label">Invoked by</span>
          <select className="select" name="invokedBy" defaultValue={filter.invokedBy ?? ""}>
            <option value="">Anybody</option>
            <option value="ingress">A request</option>
            <option value="service">Another invocation</option>
            <option value="restart_as_new">A restart</option>
          </select>
        </label>
      </form>
    </Dialog>
  );
}
