/**
 * What answers of the admin API must look like at least. Something else may answer at its address, in
 * JSON too: that is said at once, and not found out where a member is missing.
 */

/**
 * - `"any"`: there, whatever it is
 * - `"text"`, `"number"`: of this type
 * - `[shape]`: a list of such
 * - members: an object that has these, and others
 */
export type Shape = "any" | "text" | "number" | readonly [Shape] | Members;

interface Members {
  readonly [member: string]: Shape;
}

/** Whether `value` has what `shape` asks for. */
export function fits(value: unknown, shape: Shape): boolean {
  switch (shape) {
    case "any":
      return value !== undefined;
    case "text":
      return typeof value === "string";
    case "number":
      return typeof value === "number";
  }
  if (isList(shape)) return Array.isArray(value) && value.every((item) => fits(item, shape[0]));
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const members = value as Readonly<Record<string, unknown>>;
  return Object.entries(shape).every(([name, member]) => fits(members[name], member));
}

function isList(shape: Members | readonly [Shape]): shape is readonly [Shape] {
  return Array.isArray(shape);
}

const INVOCATION = { id: "text", target: "text", status: "text" } as const;
const HANDLER = { name: "text" } as const;
const SERVICE = { name: "text", handlers: [HANDLER] } as const;

/** By what they are of. */
export const SHAPES = {
  version: { version: "text" },
  clusterHealth: { cluster_name: "text" },
  document: { openapi: "text" },
  deployment: { id: "text", services: [SERVICE] },
  deployments: { deployments: [{ id: "text", services: [{ name: "text" }] }] },
  service: SERVICE,
  services: { services: [SERVICE] },
  handler: HANDLER,
  handlers: { handlers: [HANDLER] },
  invocation: { ...INVOCATION, journal: [{ entry_type: "text" }] },
  invocations: { invocations: [INVOCATION] },
  summary: { groups: [{ count: "number", sample_ids: ["text"] }], total: "number" },
  children: {
    invocations: [INVOCATION],
    summary: { total: "number", by_status: {} },
    failures: [{ message: "text" }],
  },
  overview: {
    invocations: { by_status: {}, by_service: [{ service: "text", by_status: {} }] },
    completed: { last_minute: {}, last_hour: [{}] },
    stuck: [{ kind: "text" }],
  },
  objects: { objects: [{ key: "text" }] },
  state: { entries: [{ key: "text", value: "text" }] },
  rows: { rows: [{}] },
  rules: { rules: [{ pattern: "text" }] },
  changedRules: [{ pattern: "text" }],
  removedRules: ["text"],
  journal: { id: "text", entries: [{ entry_type: "text", body: "text" }] },
  restarted: { new_invocation_id: "text" },
  batch: { succeeded: ["any"], failed: [{ invocation_id: "text" }] },
} as const satisfies Readonly<Record<string, Shape>>;
