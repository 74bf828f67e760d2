/** What to show: each condition is a chip that can be taken away. */
import {
  ArrowDownNarrowWide,
  ArrowUpNarrowWide,
  ListFilter as FilterIcon,
  Search,
  X,
} from "lucide-react";
import { type FormEvent, useRef, useState } from "react";
import { useAdmin, usePolled } from "../../api/admin.ts";
import {
  type ListFilter,
  parseSearch,
  STATUS_CHOICES,
  type StatusChoice,
} from "../../filters/invocation-filter.ts";
import { useKeys } from "../../parts/keys.ts";
import { STATUS_LOOKS } from "../../parts/status.tsx";
import { Kbd } from "../../parts/text.tsx";
import { MoreFilters } from "./more-filters.tsx";

interface FilterBarProps {
  readonly filter: ListFilter;
  readonly onChange: (filter: ListFilter) => void;
  readonly onReset: (() => void) | undefined;
}

export function FilterBar({ filter, onChange, onReset }: FilterBarProps) {
  const [isMoreOpen, setMoreOpen] = useState(false);
  const Order = filter.order === "newest" ? ArrowDownNarrowWide : ArrowUpNarrowWide;
  return (
    <div className="card filter-bar">
      <div className="row row-wrap">
        <SearchField onSearch={(found) => onChange({ ...filter, ...found })} />
        <ServiceChoice filter={filter} onChange={onChange} />
        <button type="button" className="btn" onClick={() => setMoreOpen(true)}>
          <FilterIcon size={14} aria-hidden /> More filters
        </button>
        <button
          type="button"
          className="btn"
          title="The order of their creation"
          onClick={() =>
            onChange({ ...filter, order: filter.order === "newest" ? "oldest" : "newest" })
          }
        >
          <Order size={14} aria-hidden />{" "}
          {filter.order === "newest" ? "Newest first" : "Oldest first"}
        </button>
      </div>
      <StatusChips filter={filter} onChange={onChange} />
      <ConditionChips filter={filter} onChange={onChange} onReset={onReset} />
      {isMoreOpen && (
        <MoreFilters filter={filter} onChange={onChange} onClose={() => setMoreOpen(false)} />
      )}
    </div>
  );
}

function SearchField({ onSearch }: { readonly onSearch: (found: Partial<ListFilter>) => void }) {
  const input = useRef<HTMLInputElement>(null);
  useKeys({ "/": () => input.current?.focus() });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const field = input.current;
    if (field === null) return;
    onSearch(parseSearch(field.value));
    field.value = "";
  };
  return (
    <search className="search-area">
      <form className="search" onSubmit={submit}>
        <Search size={15} aria-hidden />
        <input
          ref={input}
          className="input"
          type="search"
          aria-label="Search invocations"
          placeholder="Id, service/key/handler, or text of a failure"
          onKeyDown={(event) => {
            if (event.key === "Escape") event.currentTarget.blur();
          }}
        />
        <Kbd>/</Kbd>
      </form>
    </search>
  );
}

type PartProps = Pick<FilterBarProps, "filter" | "onChange">;

function ServiceChoice({ filter, onChange }: PartProps) {
  const admin = useAdmin();
  const { data: services = [] } = usePolled(["services"], () => admin.listServices());
  const [chosen = ""] = filter.service;
  const names = [...new Set([...services.map(({ name }) => name), ...filter.service])].sort();
  return (
    <select
      className="select filter-service"
      aria-label="Service"
      value={filter.service.length > 1 ? "…" : chosen}
      onChange={(event) => {
        const name = event.currentTarget.value;
        onChange({ ...filter, service: name === "" ? [] : [name], handler: [] });
      }}
    >
      <option value="">All services</option>
      {filter.service.length > 1 && <option value="…">{filter.service.join(", ")}</option>}
      {names.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}

function StatusChips({ filter, onChange }: PartProps) {
  const toggle = (choice: StatusChoice) => {
    const has = filter.status.includes(choice);
    const status = STATUS_CHOICES.filter((other) =>
      other === choice ? !has : filter.status.includes(other),
    );
    onChange({ ...filter, status });
  };
  return (
    <fieldset className="row row-wrap chips">
      <legend className="visually-hidden">Status</legend>
      {STATUS_CHOICES.map((choice) => {
        const { label, tone, Icon } = STATUS_LOOKS[choice];
        const isOn = filter.status.includes(choice);
        return (
          <button
            key={choice}
            type="button"
            className={`chip ${isOn ? `tone-${tone}` : ""}`}
            aria-pressed={isOn}
            onClick={() => toggle(choice)}
          >
            <Icon size={13} aria-hidden />
            {label}
          </button>
        );
      })}
    </fieldset>
  );
}

const LABELS = {
  target: "target",
  key: "key",
  id: "id begins with",
  error: "failure contains",
  deployment: "deployment",
  parent: "called by",
  root: "in the tree of",
  idempotencyKey: "idempotency key",
  invokedBy: "invoked by",
  createdAfter: "created after",
  createdBefore: "created before",
} as const satisfies Partial<Record<keyof ListFilter, string>>;

function ConditionChips({ filter, onChange, onReset }: FilterBarProps) {
  const texts = Object.entries(LABELS).flatMap(([member, label]) => {
    const text = filter[member as keyof typeof LABELS];
    return text === undefined ? [] : [{ member, label, text }];
  });
  if (texts.length === 0 && filter.handler.length === 0 && onReset === undefined) return null;
  const without = (member: string) => {
    const { [member as keyof typeof LABELS]: _, ...rest } = filter;
    onChange(rest as ListFilter);
  };
  return (
    <div className="row row-wrap chips">
      {texts.map(({ member, label, text }) => (
        <Chip key={member} label={label} text={text} onRemove={() => without(member)} />
      ))}
      {filter.handler.length > 0 && (
        <Chip
          label="handler"
          text={filter.handler.join(", ")}
          onRemove={() => onChange({ ...filter, handler: [] })}
        />
      )}
      {onReset !== undefined && (
        <button type="button" className="link-button small" onClick={onReset}>
          Remove all
        </button>
      )}
    </div>
  );
}

interface ChipProps {
  readonly label: string;
  readonly text: string;
  readonly onRemove: () => void;
}

function Chip({ label, text, onRemove }: ChipProps) {
  return (
    <span className="condition">
      <span className="muted">{label}</span>
      <span className="truncate">{text}</span>
      <button type="button" onClick={onRemove} aria-label={`Remove ${label} ${text}`}>
        <X size={12} aria-hidden />
      </button>
    </span>
  );
}
