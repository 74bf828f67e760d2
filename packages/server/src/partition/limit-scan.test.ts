/** Limits that change while someone is on the way into a queue. */
import type { Registry } from "@rejoin/engine";
import { describe, expect, it } from "vitest";
import { openProcessor } from "../testing/partition.ts";
import { Gate, invoke, keyOf, registryOf } from "../testing/records.ts";
import { LimitScan } from "./limit-scan.ts";

describe("a limit that is raised", () => {
  it("lets those pass whose place in the queue was not durable yet", async () => {
    let concurrency = 1;
    let gate: Gate | undefined;
    const registry: Registry = {
      ...registryOf(),
      limitsOf: () => ["service:S"],
      concurrencyOf: () => concurrency,
    };
    const begun = await openProcessor({
      registry,
      faults: {
        beforeCommit: async () => {
          await gate?.promise;
          return "ok";
        },
      },
    });
    const { apply, actions, store, processor, ports, failures } = begun;
    const scan = new LimitScan({
      store,
      pageMax: 8,
      submit: (record, durable) => processor.submitDurable(record, durable),
      onFailure: (error) => failures.push(error),
    });
    await apply(invoke(keyOf(1)));
    gate = new Gate();
    await apply(invoke(keyOf(2)));
    concurrency = 2;
    scan.start();
    await ports.settle();
    gate.open();
    await ports.settle();
    expect(failures).toEqual([]);
    const started = actions.flatMap((action) =>
      action.kind === "start" ? [action.invocation.key] : [],
    );
    expect(started).toEqual([keyOf(1), keyOf(2)]);
  });
});
