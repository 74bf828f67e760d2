/** `ChurnMap`: a `Map` as far as its users can tell. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ChurnMap } from "./churn-map.ts";

const step = fc.oneof(
  fc.record({ do: fc.constant("set" as const), key: fc.nat(9), value: fc.nat(99) }),
  fc.record({ do: fc.constant("delete" as const), key: fc.nat(9), value: fc.nat(99) }),
);

describe("a churn map", () => {
  it("answers as a Map does, whatever is put in and taken out", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const map = new Map<number, number>();
        const churned = new ChurnMap<number, number>();
        for (const { do: what, key, value } of steps) {
          if (what === "set") {
            map.set(key, value);
            churned.set(key, value);
          } else expect(churned.delete(key)).toBe(map.delete(key));
          expect(churned.get(key)).toBe(map.get(key));
          expect(churned.has(key)).toBe(map.has(key));
        }
        expect(churned.size).toBe(map.size);
        expect([...churned.keys()]).toEqual([...map.keys()]);
        expect([...churned.values()]).toEqual([...map.values()]);
        expect([...churned.entries()]).toEqual([...map.entries()]);
      }),
    );
  });

  it("takes a key out only with the value that was meant", () => {
    const churned = new ChurnMap<string, object>();
    const [older, newer] = [{}, {}];
    churned.set("a", newer);
    churned.deleteIf("a", older);
    expect(churned.get("a")).toBe(newer);
    churned.deleteIf("a", newer);
    expect(churned.size).toBe(0);
  });

  it("can lose the entry that is being looked at", () => {
    const churned = new ChurnMap<string, number>();
    for (const key of ["a", "b", "c"]) churned.set(key, 1);
    for (const [key] of churned.entries()) churned.delete(key);
    expect(churned.size).toBe(0);
  });
});
