import { type AwaitTree, toAwaitTree } from "@rejoin/engine";
import { Combinator, type Future } from "@rejoin/protocol";
import { expect, it } from "vitest";
import { toAwaiting } from "./awaiting.ts";

function future(rest: Partial<Future> = {}): Future {
  const combinator = Combinator.allCompleted;
  return { combinator, completions: [], signals: [], namedSignals: [], nested: [], ...rest };
}

it("names combinators, completions and signals", () => {
  const nested = [
    future({ combinator: Combinator.firstCompleted, signals: [17], namedSignals: ["go"] }),
  ];
  expect(toAwaiting(toAwaitTree(future({ completions: [3, 5, 7], nested })))).toEqual({
    combinator: "all_completed",
    completions: { count: 3, first: [3, 5, 7] },
    signals: { count: 0, first: [] },
    signal_names: [],
    nested: [
      {
        combinator: "first_completed",
        completions: { count: 0, first: [] },
        signals: { count: 1, first: [17] },
        signal_names: ["go"],
        nested: [],
      },
    ],
  });
});

it("stays small whatever is awaited", () => {
  const completions = Array.from({ length: 1_000_000 }, (_, i) => 2 * i + 1);
  const wide = toAwaiting(toAwaitTree(future({ completions })));
  expect(wide.completions.count).toBe(1_000_000);
  expect(wide.completions.first).toHaveLength(100);

  const many = toAwaiting(
    toAwaitTree(future({ nested: Array.from({ length: 5000 }, () => future()) })),
  );
  expect(many.nested).toHaveLength(200);
  expect(many.truncated).toBe(true);

  let deep: AwaitTree = toAwaitTree(future());
  for (let i = 0; i < 1000; i++) deep = { ...deep, nested: [deep] };
  expect(JSON.stringify(toAwaiting(deep)).length).toBeLessThan(20_000);
});
