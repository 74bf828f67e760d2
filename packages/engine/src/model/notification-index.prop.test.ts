import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NotificationIndex } from "./notification-index.ts";

const ids = fc.oneof(
  fc.nat({ max: 40 }),
  fc.integer({ min: 1000, max: 1050 }),
  fc.integer({ min: 0, max: 0xffff_ffff }),
);
const records = fc.array(fc.record({ id: ids, failed: fc.boolean() }), { maxLength: 60 });

describe("the index of a journal's notifications", () => {
  it("knows for every completion whether it is there and how it turned out; the first one counts", () => {
    const property = fc.property(records, ids, (recorded, other) => {
      const index = new NotificationIndex();
      const model = new Map<number, boolean>();
      for (const { id, failed } of recorded) {
        index.recordCompletion(id, failed);
        if (!model.has(id)) model.set(id, failed);
      }
      for (const id of [...model.keys(), other]) {
        const failed = model.get(id);
        const expected = failed === undefined ? "absent" : failed ? "failed" : "succeeded";
        expect(index.completion(id)).toBe(expected);
      }
    });
    fc.assert(property, { seed: 1, numRuns: 500 });
  });

  it("keeps completions, indexed signals and named ones apart", () => {
    const index = new NotificationIndex();
    index.recordCompletion(1, false);
    index.recordSignal(2, true);
    index.recordSignal("2", false);
    expect(index.signal(1)).toBe("absent");
    expect(index.completion(2)).toBe("absent");
    expect([index.signal(2), index.signal("2"), index.signal("x")]).toEqual([
      "failed",
      "succeeded",
      "absent",
    ]);
    index.recordSignal(2, false);
    expect(index.signal(2)).toBe("failed");
  });

  it("tells a failure from a value and from nothing, whatever the kind", () => {
    const index = new NotificationIndex();
    const failure = { code: 500, message: "" };
    index.record({ kind: "sleepCompletion", completionId: 1, result: { kind: "void" } }, 1);
    index.record(
      { kind: "runCompletion", completionId: 2, result: { kind: "failure", failure } },
      1,
    );
    index.record({ kind: "signal", signalIndex: 1, result: { kind: "void" } }, 1);
    index.record({ kind: "signal", signalName: "n", result: { kind: "failure", failure } }, 1);
    expect([index.completion(1), index.completion(2)]).toEqual(["succeeded", "failed"]);
    expect([index.signal(1), index.signal("n")]).toEqual(["succeeded", "failed"]);
  });
});
