/**
 * The filter of the list of invocations, as the URL holds it: what is seen can be sent to a colleague.
 * Unknown parameters and values that make no sense are left out, never an error.
 */
import type { InvocationFilter, InvocationStatusName } from "@rejoin/client";

/** What a reader chose; everything is optional. */
export interface ListFilter {
  readonly status: readonly StatusChoice[];
  readonly service: readonly string[];
  readonly handler: readonly string[];
  readonly key?: string;
  readonly deployment?: string;
  readonly parent?: string;
  readonly root?: string;
  /** Contained in the text of the failure. */
  readonly error?: string;
  readonly target?: string;
  /** The beginning of an id. */
  readonly id?: string;
  readonly idempotencyKey?: string;
  readonly invokedBy?: string;
  /** ISO text, or a span before now such as `15m`. */
  readonly createdAfter?: string;
  readonly createdBefore?: string;
  readonly order: "newest" | "oldest";
}

/** A completed invocation has succeeded or failed: readers tell the two apart. */
export type StatusChoice = Exclude<InvocationStatusName, "completed"> | "succeeded" | "failed";

/** In the order of a life. */
export const STATUS_CHOICES: readonly StatusChoice[] = [
  "scheduled",
  "pending",
  "ready",
  "running",
  "backing-off",
  "suspended",
  "paused",
  "succeeded",
  "failed",
];

export const NO_FILTER: ListFilter = { status: [], service: [], handler: [], order: "newest" };

const TEXTS = {
  key: "key",
  deployment: "deployment",
  parent: "parent",
  root: "root",
  error: "error",
  target: "target",
  id: "id",
  idempotencyKey: "idempotency_key",
  invokedBy: "invoked_by",
  createdAfter: "created_after",
  createdBefore: "created_before",
} as const;

type TextMember = keyof typeof TEXTS;

/** Reads the query string of a URL. */
export function parseFilter(search: string): ListFilter {
  const query = new URLSearchParams(search);
  const list = (name: string) => splitList(query.get(name) ?? "");
  const texts = Object.entries(TEXTS).flatMap(([member, name]) => {
    const text = query.get(name)?.trim();
    return text === undefined || text === "" ? [] : [[member, text] as const];
  });
  return {
    status: STATUS_CHOICES.filter((choice) => list("status").includes(choice)),
    service: list("service"),
    handler: list("handler"),
    ...Object.fromEntries(texts),
    order: query.get("order") === "oldest" ? "oldest" : "newest",
  };
}

/** The query string, with its question mark; "" for no filter. */
export function formatFilter(filter: ListFilter): string {
  const query = new URLSearchParams();
  for (const name of ["status", "service", "handler"] as const) {
    if (filter[name].length > 0) query.set(name, filter[name].join(","));
  }
  for (const [member, name] of Object.entries(TEXTS)) {
    const text = filter[member as TextMember];
    if (text !== undefined && text !== "") query.set(name, text);
  }
  if (filter.order === "oldest") query.set("order", "oldest");
  // Commas are what makes a list readable.
  const text = query.toString().replaceAll("%2C", ",").replaceAll("%2F", "/");
  return text === "" ? "" : `?${text}`;
}

/** As the admin API takes it; spans before now are counted from `nowMs`. */
export function toApiFilter(filter: ListFilter, nowMs: number): InvocationFilter {
  const { status, service, handler } = filter;
  const texts = Object.entries(TEXTS).flatMap(([member, name]) => {
    const text = filter[member as TextMember];
    if (text === undefined) return [];
    return [[name, name.startsWith("created_") ? toInstantText(text, nowMs) : text] as const];
  });
  return {
    ...toApiStatus(status),
    ...(service.length > 0 ? { service: service.join(",") } : {}),
    ...(handler.length > 0 ? { handler: handler.join(",") } : {}),
    ...Object.fromEntries(texts.filter(([, text]) => text !== undefined)),
  };
}

/** How many things are asked for, the order aside. */
export function countConditions(filter: ListFilter): number {
  const texts = Object.keys(TEXTS).filter((member) => filter[member as TextMember] !== undefined);
  return texts.length + [filter.status, filter.service, filter.handler].filter(hasAny).length;
}

/** What of the choice the API cannot tell apart: then rows are sorted out after they came. */
export function matchesStatus(
  choices: readonly StatusChoice[],
  { status, completion_result }: { readonly status: string; readonly completion_result?: string },
): boolean {
  if (choices.length === 0) return true;
  if (status !== "completed") return choices.some((choice) => choice === status);
  return choices.includes(completion_result === "failure" ? "failed" : "succeeded");
}

/** What is typed into the one field: an id, a target, or text of a failure. */
export function parseSearch(text: string): Partial<ListFilter> {
  const trimmed = text.trim();
  if (trimmed === "") return {};
  if (/^inv_[0-9A-Za-z]*$/.test(trimmed)) return { id: trimmed };
  if (/^[A-Za-z_][\w.-]*(\/\S*)?$/.test(trimmed) && trimmed.includes("/")) {
    return { target: trimmed.replace(/\/+$/, "") };
  }
  return { error: trimmed };
}

function toApiStatus(choices: readonly StatusChoice[]): InvocationFilter {
  if (choices.length === 0) return {};
  const succeeded = choices.includes("succeeded");
  const failed = choices.includes("failed");
  const living = choices.filter((choice) => choice !== "succeeded" && choice !== "failed");
  const statuses = [...living, ...(succeeded || failed ? ["completed"] : [])];
  const result = succeeded && !failed ? "success" : "failure";
  const tellsApart = living.length === 0 && succeeded !== failed;
  return {
    status: statuses.join(","),
    ...(tellsApart ? { completion_result: result } : {}),
  } as InvocationFilter;
}

const SPAN = /^(\d+)\s*(s|m|h|d)$/;
const UNITS_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

function toInstantText(text: string, nowMs: number): string | undefined {
  const span = SPAN.exec(text);
  if (span !== null) {
    const unitMs = UNITS_MS[span[2] as keyof typeof UNITS_MS];
    return new Date(nowMs - Number(span[1]) * unitMs).toISOString();
  }
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}

function splitList(text: string): string[] {
  return [...new Set(text.split(",").map((part) => part.trim()))].filter((part) => part !== "");
}

function hasAny(list: readonly string[]): boolean {
  return list.length > 0;
}
