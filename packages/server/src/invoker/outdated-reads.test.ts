/** The invoker and headers that have changed since an id was queued. */
import { type EngineRecord, invocationRows, type Registry } from "@rejoin/engine";
import { describe, expect, it } from "vitest";
import type { Limits } from "../limits.ts";
import { FakeTransport } from "../testing/fake-stream.ts";
import { openProcessor } from "../testing/partition.ts";
import { END, Gate, invoke, keyOf, output, registryOf } from "../testing/records.ts";
import { Invoker } from "./invoker.ts";

async function open(options: {
  readonly limits: Partial<Limits>;
  readonly registry?: Registry;
  /** Headers are read at once, and given when it is open. */
  readonly reading?: Gate;
}) {
  const begun = await openProcessor(options);
  const { ports, processor, store, limits, actions } = begun;
  const transport = new FakeTransport();
  const invoker = new Invoker({
    ports,
    limits,
    route: () => ({
      kind: "deployment",
      pin: { deploymentId: "d", protocolVersion: 7 },
      transport,
      inactivityTimeoutMs: 60_000,
      abortTimeoutMs: 600_000,
      lazyState: false,
    }),
    partitions: {
      submit: (_, record, applied) => processor.submit(record, applied),
      committed: (key) => processor.committed(key),
      latest: (key) => processor.row(invocationRows, key),
      load: async (keys) => {
        const values = await store.getMany(keys.map((key) => invocationRows.rowKey(key)));
        await options.reading?.promise;
        return keys.map((key, i) => values[i] && invocationRows.decode(values[i], key));
      },
      reads: () => store,
      partitionOf: () => 0,
      rescan: () => undefined,
    },
  });
  const settle = async () => {
    for (let i = 0; i < 50; i++) {
      await ports.settle();
      const taken = actions.splice(0);
      if (taken.length === 0) return;
      for (const action of taken) {
        if (action.kind === "requestSlots") processor.submit(action);
      }
      invoker.act(taken);
    }
  };
  const submit = async (...records: readonly EngineRecord[]) => {
    for (const record of records) processor.submit(record);
    await settle();
  };
  const end = async (n: number) => {
    const stream = transport.streams[n];
    stream?.says(output(), END);
    stream?.listener.onEnd();
    await settle();
  };
  return { ...begun, transport, submit, settle, end };
}

describe("an attempt that is opened from a header that had to be read", () => {
  it("is told what has become durable while that was read", async () => {
    const reading = new Gate();
    const { submit, settle, end, transport } = await open({
      limits: { attemptsMax: 1, hotInvocationsMax: 0, coldInvocationsMax: 0 },
      reading,
    });
    const [first, second] = [keyOf(1), keyOf(2)];
    await submit(invoke(first), invoke(second));
    await end(0);
    const signal = { kind: "signal", signalName: "hello", result: { kind: "void" } } as const;
    await submit({ kind: "signal", key: second, signal, waiter: {} });
    reading.open();
    await settle();
    expect(transport.streams).toHaveLength(2);
    const kinds = transport.streams[1]?.messages.map(({ kind }) => kind);
    expect(kinds).toEqual(["start", "input", "signal"]);
  });
});

describe("an invocation that is started anew while its header is read", () => {
  it("is opened once, as it is then", async () => {
    const reading = new Gate();
    const { submit, settle, end, transport, store } = await open({
      limits: { attemptsMax: 1, hotInvocationsMax: 0, coldInvocationsMax: 0 },
      reading,
    });
    const [first, second] = [keyOf(1), keyOf(2)];
    await submit(invoke(first), invoke(second));
    await end(0);
    const resume = { kind: "resume", deployment: "keep" } as const;
    await submit({ kind: "operate", key: second, operation: { kind: "pause" }, waiter: {} });
    await submit({ kind: "operate", key: second, operation: resume, waiter: {} });
    reading.open();
    await settle();
    expect(transport.streams.map((stream) => stream.request.key)).toEqual([first, second]);
    await end(1);
    const [bytes] = await store.getMany([invocationRows.rowKey(second)]);
    expect(bytes && invocationRows.decode(bytes, second).status).toBe("completed");
  });
});

describe("an invocation that is queued and paused, and waits for a slot after its resume", () => {
  it("is not opened without the slot", async () => {
    const registry: Registry = {
      ...registryOf(),
      limitsOf: ({ handler }) => (handler === "limited" ? ["handler:S/limited"] : []),
      concurrencyOf: () => 1,
    };
    const { submit, end, transport, processor } = await open({
      limits: { attemptsMax: 1 },
      registry,
    });
    const target = { service: "S", handler: "limited", key: "", handlerKind: "service" } as const;
    const [busy, one, other] = [keyOf(1), keyOf(2), keyOf(3)];
    await submit(invoke(busy), invoke(one, { target }));
    await submit({ kind: "operate", key: one, operation: { kind: "pause" }, waiter: {} });
    expect(processor.committed(one)?.status).toBe("paused");
    await submit(invoke(other, { target }));
    const resume = { kind: "resume", deployment: "keep" } as const;
    await submit({ kind: "operate", key: one, operation: resume, waiter: {} });
    expect(processor.committed(one)?.waitingFor?.sequence).toBeGreaterThan(0);
    await end(0);
    expect(transport.streams.map((stream) => stream.request.key)).toEqual([busy, other]);
  });
});
