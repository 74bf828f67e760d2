import type { HandlerResource, ServiceResource } from "@rejoin/client";
import { expect, it } from "vitest";
import { diffServices } from "./changes.ts";

const handler = (name: string, overrides: Partial<HandlerResource> = {}): HandlerResource => ({
  name,
  public: true,
  input_description: "*/*",
  output_description: "*/*",
  ...overrides,
});
const service = (revision: number, handlers: HandlerResource[], ty = "Service" as const) =>
  ({
    name: "cart",
    ty,
    handlers,
    deployment_id: "dp_1",
    revision,
    public: true,
  }) satisfies ServiceResource;

it("tells added, changed and removed handlers apart", () => {
  const before = service(1, [handler("add"), handler("drop"), handler("pay")]);
  const after = service(2, [
    handler("add"),
    handler("pay", { public: false, input_description: "application/json" }),
    handler("ship"),
  ]);
  const [diff] = diffServices([before], [after]);
  expect(diff?.kind).toBe("changed");
  expect(diff?.handlers).toEqual([
    { name: "add", kind: "same", what: [] },
    { name: "pay", kind: "changed", what: ["whether it is public", "what it takes"] },
    { name: "ship", kind: "added", what: [] },
    { name: "drop", kind: "removed", what: [] },
  ]);
});

it("knows what is new, what stays, and what breaks", () => {
  const one = service(1, [handler("add")]);
  expect(diffServices([], [one])[0]).toMatchObject({ kind: "added", isBreaking: false });
  expect(diffServices([one], [one])[0]).toMatchObject({ kind: "same" });
  const other: ServiceResource = { ...one, ty: "VirtualObject" };
  expect(diffServices([one], [other])[0]).toMatchObject({ kind: "changed", isBreaking: true });
});
