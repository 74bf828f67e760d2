import fc from "fast-check";
import { expect, test } from "vitest";
import { startMessage, stateMap } from "../testing/messages.ts";
import { StateView } from "./state-view.ts";

const name = fc.constantFrom("a", "b", "c");
const operation = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), name, value: fc.nat() }),
  fc.record({ kind: fc.constant("clear" as const), name }),
  fc.record({ kind: fc.constant("clearAll" as const) }),
);

/** What a server would have after the same writes. */
function applyToStore(
  store: Map<string, number>,
  given: typeof operation extends fc.Arbitrary<infer T> ? T : never,
) {
  if (given.kind === "set") store.set(given.name, given.value);
  else if (given.kind === "clear") store.delete(given.name);
  else store.clear();
}

test("what a view knows is what the server has, however much of it was sent along", () => {
  const property = fc.property(
    fc.dictionary(name, fc.nat()),
    fc.boolean(),
    fc.array(operation),
    (stored, partialState, operations) => {
      const store = new Map(Object.entries(stored));
      const sent = Object.fromEntries(
        Object.entries(stored).filter(([key]) => !partialState || key === "a"),
      );
      const view = new StateView(startMessage({ partialState, stateMap: stateMap(sent) }));
      for (const given of operations) {
        applyToStore(store, given);
        if (given.kind === "set") view.set(given.name, new TextEncoder().encode(`${given.value}`));
        else if (given.kind === "clear") view.clear(given.name);
        else view.clearAll();
      }
      const cleared = operations.some(({ kind }) => kind === "clearAll");
      for (const key of ["a", "b", "c"]) {
        const known = view.read(key);
        const value = store.get(key);
        if (known === undefined) expect(partialState && !cleared).toBe(true);
        else if (known.kind === "void") expect(value).toBeUndefined();
        else expect(new TextDecoder().decode(known.value)).toBe(`${value}`);
      }
      const complete = !partialState || cleared;
      expect(view.names()).toEqual(complete ? [...store.keys()].sort() : undefined);
    },
  );
  fc.assert(property);
});
