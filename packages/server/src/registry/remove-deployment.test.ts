import { createInvocationKey, formatInvocationId } from "@rejoin/protocol";
import { describe, expect, it } from "vitest";
import { assertDrained, assertSuperseded, removeDeployment } from "./remove-deployment.ts";
import { newestRevision } from "./revisions.ts";
import { documentOf, serviceOf } from "./testing/records.ts";

const document = documentOf([serviceOf("a"), serviceOf("b")], [serviceOf("a"), serviceOf("b")]);

describe("a removal", () => {
  it("gives its services back to the next newest revision", () => {
    const after = removeDeployment(document, "dp_2");
    expect(newestRevision(after, "a")).toMatchObject({ revision: 1, deployment: { id: "dp_1" } });
  });

  it("does not know every deployment", () => {
    const unknown = expect.objectContaining({ status: 404 });
    expect(() => removeDeployment(document, "dp_9")).toThrow(unknown);
    expect(() => assertSuperseded(document, "dp_9")).toThrow(unknown);
  });

  it("is refused while new invocations go there", () => {
    expect(() => assertSuperseded(document, "dp_1")).not.toThrow();
    expect(() => assertSuperseded(document, "dp_2")).toThrow(
      expect.objectContaining({
        status: 409,
        message: expect.stringContaining("the newest revision of services a, b"),
      }),
    );
  });

  it("is refused while invocations keep to it", () => {
    const keys = [1, 2].map((low) => createInvocationKey({ high: 0, low }, new Uint8Array(16)));
    const ids = keys.map(formatInvocationId);
    expect(() => assertDrained("dp_1", { count: 0, first: [], isComplete: true })).not.toThrow();
    expect(() => assertDrained("dp_1", { count: 2, first: keys, isComplete: true })).toThrow(
      `2 invocations are in flight on deployment dp_1 (${ids.join(", ")})`,
    );
    expect(() =>
      assertDrained("dp_1", { count: 1, first: keys.slice(1), isComplete: true }),
    ).toThrow(`1 invocation is in flight on deployment dp_1 (${ids[1]})`);
    expect(() => assertDrained("dp_1", { count: 7, first: keys, isComplete: false })).toThrow(
      `at least 7 invocations are in flight on deployment dp_1 (${ids.join(", ")}, …)`,
    );
    expect(() => assertDrained("dp_1", { count: 0, first: [], isComplete: false })).toThrow(
      "too many invocations to know",
    );
  });
});
