import { Batch, type MessageRecord, type PartitionStore, type StoredMessage } from "@rejoin/engine";
import { createMemoryStore } from "@rejoin/storage";
import { describe, expect, it } from "vitest";
import { ManualPorts } from "../testing/manual-ports.ts";
import { Gate, keyOf } from "../testing/records.ts";
import { Mailbox } from "./mailbox.ts";

/** The body of a result message for completion `id`; sent by the store's other partitions. */
function bodyOf(id: number): Uint8Array {
  const batch = new Batch(1);
  const outcome = { kind: "value", value: new Uint8Array(0) } as const;
  const message = {
    kind: "result",
    for: "call",
    to: keyOf(1),
    bornIn: 1,
    completionId: id,
    outcome,
  } as const;
  batch.add({
    writes: [],
    appends: [],
    rawWrites: [],
    born: [],
    completed: [],
    expiries: [],
    expiryLists: [],
    messages: [{ destination: 0, message }],
    consumed: undefined,
    actions: [],
  });
  return batch.pack([]).messages[0]?.body ?? new Uint8Array(0);
}

interface Begun {
  readonly ports: ManualPorts;
  readonly mailbox: Mailbox;
  /** What was handed over and not yet applied, in order. */
  readonly handed: { readonly record: MessageRecord; readonly applied: () => void }[];
  readonly failures: unknown[];
  readonly store: PartitionStore;
  send(source: number, ...ids: readonly number[]): Promise<void>;
}

async function begin({
  pageMax = 2,
  read,
}: {
  pageMax?: number;
  read?: PartitionStore["readMailbox"];
} = {}): Promise<Begun> {
  const ports = new ManualPorts();
  const store = createMemoryStore({ partitionCount: 4 });
  const own = await store.open(0);
  const sources = await Promise.all([1, 2, 3].map((partition) => store.open(partition)));
  const handed: Begun["handed"] = [];
  const failures: unknown[] = [];
  const mailbox = new Mailbox({
    store: read === undefined ? own : { partition: 0, readMailbox: read },
    partitionCount: 4,
    pageMax,
    submit: (record, applied) => handed.push({ record, applied }),
    onFailure: (error) => failures.push(error),
  });
  const send = async (source: number, ...ids: readonly number[]) => {
    const partition = sources[source - 1];
    if (partition === undefined) throw new Error("there is no such partition");
    const number = partition.lastCommit.number + 1;
    const messages = ids.map((id, index) => ({
      destination: 0,
      sequence: { commit: number, index },
      body: bodyOf(id),
    }));
    await partition.commit({ number, timeMs: 1, writes: [], messages, consumed: [] });
  };
  return { ports, mailbox, handed, failures, store: own, send };
}

/** Applies what was handed over, and whatever that brings, until there is nothing more. */
async function applyAll({ ports, handed }: Begun): Promise<string[]> {
  const seen: string[] = [];
  await ports.settle();
  while (handed.length > 0) {
    const next = handed.shift();
    if (next?.record.message.kind === "result") {
      seen.push(`${next.record.source}:${next.record.message.completionId}`);
    }
    next?.applied();
    await ports.settle();
  }
  return seen;
}

describe("the mailbox", () => {
  it("hands over what an earlier leader left, every source in its order", async () => {
    const begun = await begin();
    await begun.send(1, 1, 2, 3);
    await begun.send(3, 4);
    await begun.send(1, 5);
    begun.mailbox.start();
    const seen = await applyAll(begun);
    expect(seen.filter((entry) => entry.startsWith("1:"))).toEqual(["1:1", "1:2", "1:3", "1:5"]);
    expect(seen.filter((entry) => entry.startsWith("3:"))).toEqual(["3:4"]);
  });

  it("reads on only when the page before has been applied", async () => {
    const begun = await begin({ pageMax: 2 });
    await begun.send(1, 1, 2, 3, 4, 5);
    begun.mailbox.poke(1);
    await begun.ports.settle();
    expect(begun.handed).toHaveLength(2);
    begun.handed[0]?.applied();
    await begun.ports.settle();
    expect(begun.handed).toHaveLength(2);
    begun.handed[1]?.applied();
    await begun.ports.settle();
    expect(begun.handed).toHaveLength(4);
  });

  it("hands each message over once, though it is poked again and again before they are consumed", async () => {
    const begun = await begin();
    await begun.send(2, 1, 2);
    for (let i = 0; i < 5; i++) begun.mailbox.poke(2);
    const first = await applyAll(begun);
    begun.mailbox.poke(2);
    expect([...first, ...(await applyAll(begun))]).toEqual(["2:1", "2:2"]);
    await begun.send(2, 3);
    begun.mailbox.poke(2);
    expect(await applyAll(begun)).toEqual(["2:3"]);
  });

  it("misses nothing that is sent while it reads", async () => {
    const gates: Gate[] = [];
    const begun = await begin({
      pageMax: 10,
      read: async (after, limit) => {
        const gate = new Gate();
        gates.push(gate);
        const page = await begun.store.readMailbox(after, limit);
        await gate.promise;
        return page;
      },
    });
    await begun.send(1, 1);
    begun.mailbox.poke(1);
    await begun.ports.settle();
    await begun.send(1, 2);
    begun.mailbox.poke(1);
    await begun.send(2, 3);
    begun.mailbox.poke(2);
    const seen: string[] = [];
    for (let i = 0; i < 10; i++) {
      gates.shift()?.open();
      seen.push(...(await applyAll(begun)));
    }
    expect(seen.toSorted()).toEqual(["1:1", "1:2", "2:3"]);
  });

  it("says from whom, and at which place, a message came", async () => {
    const begun = await begin();
    await begun.send(3, 9, 8);
    begun.mailbox.poke(3);
    await begun.ports.settle();
    expect(begun.handed.map(({ record }) => [record.source, record.sequence])).toEqual([
      [3, { commit: 1, index: 0 }],
      [3, { commit: 1, index: 1 }],
    ]);
  });

  it("has no mail from its own partition, and none when it is closed", async () => {
    const begun = await begin();
    await begun.send(1, 1);
    begun.mailbox.poke(0);
    await begun.ports.settle();
    expect(begun.handed).toEqual([]);
    begun.mailbox.poke(1);
    begun.mailbox.close();
    await begun.ports.settle();
    expect(begun.handed).toEqual([]);
  });

  it("reports a store that cannot be read, and a message that cannot be", async () => {
    const reads: Record<string, () => Promise<StoredMessage[]>> = {
      "no store": () => Promise.reject(new Error("no store")),
      unknown: async () => [
        { source: 1, sequence: { commit: 1, index: 0 }, body: new Uint8Array(25).fill(9) },
      ],
    };
    for (const [message, read] of Object.entries(reads)) {
      const begun = await begin({ read });
      begun.mailbox.poke(1);
      await begun.ports.settle();
      expect(begun.failures).toHaveLength(1);
      expect(String(begun.failures[0])).toContain(message);
    }
  });
});
