import { Engine } from "@rejoin/engine";
import { createMemoryStore } from "@rejoin/storage";
import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../limits.ts";
import { createSnapshot, SERVER_DEFAULTS } from "../registry/snapshot.ts";
import { EMPTY_DOCUMENT } from "../registry/document.ts";
import { PartitionLeader } from "./leader.ts";

function createLeader(): PartitionLeader {
  const registry = createSnapshot(EMPTY_DOCUMENT, 0, SERVER_DEFAULTS);
  return new PartitionLeader({
    engine: new Engine(0, 1),
    store: createMemoryStore({ partitionCount: 1 }),
    registry: () => registry,
    ports: {
      clock: { now: () => 1_000 },
      timers: { after: () => () => undefined },
      scheduler: { soon: (callback) => queueMicrotask(callback) },
      random: { bytes: (length) => new Uint8Array(length) },
      log: () => undefined,
    },
    limits: DEFAULT_LIMITS,
    events: { act: () => undefined, lost: () => undefined, opened: () => undefined },
    poke: () => undefined,
  });
}

describe("a leader that has not opened its partition", () => {
  it("takes no record, but is not at its limit: who asks is told to try again", async () => {
    const leader = createLeader();
    expect(leader.hasRoom).toBe(true);
    expect(leader.submit({ kind: "recover", keys: [] })).toBe(false);

    await leader.open();
    expect(leader.submit({ kind: "recover", keys: [] })).toBe(true);
    await leader.close();
    expect(leader.submit({ kind: "recover", keys: [] })).toBe(false);
  });
});
