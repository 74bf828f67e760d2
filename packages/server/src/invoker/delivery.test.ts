/** What an open attempt is told, and when (design.md §6 law 2). */
import { Combinator, encodeFrame, type Future, type Notification } from "@rejoin/protocol";
import { describe, expect, it } from "vitest";
import { ManualPorts } from "../testing/manual-ports.ts";
import { Delivery, type Notified } from "./delivery.ts";

const VOID = { kind: "void" } as const;

function future(
  combinator: Combinator,
  completions: readonly number[],
  nested: readonly Future[] = [],
): Future {
  return { combinator, completions, signals: [], namedSignals: [], nested };
}

const all = (...ids: readonly number[]) => future(Combinator.allCompleted, ids);
const first = (...ids: readonly number[]) => future(Combinator.firstCompleted, ids);

function completion(
  id: number,
  options: { readonly ack?: boolean; readonly failed?: boolean } = {},
): Notified {
  const result =
    options.failed === true
      ? ({ kind: "failure", failure: { code: 500, message: "" } } as const)
      : ({ kind: "value", value: new Uint8Array(10) } as const);
  const message: Notification = { kind: "runCompletion", completionId: id, result };
  return {
    index: id,
    message,
    frame: encodeFrame(message, 7),
    ackOfRun: options.ack === true ? id : undefined,
  };
}

function signal(index: number): Notified {
  const message: Notification = { kind: "signal", signalIndex: index, result: VOID };
  return { index, message, frame: encodeFrame(message, 7), ackOfRun: undefined };
}

function begin() {
  const ports = new ManualPorts();
  /** What was sent, one list for each time. */
  const sent: string[][] = [];
  const lastIndexes: number[] = [];
  const malformed: unknown[] = [];
  const delivery = new Delivery(ports, {
    deliver: (items, lastIndex) => {
      lastIndexes.push(lastIndex);
      sent.push(
        items.map(({ message }) => {
          if (message === undefined) return "frame";
          if (message.kind === "proposeRunCompletionAck") return `ack ${message.completionId}`;
          if (message.kind === "signal") return `signal ${message.signalIndex}`;
          return "completionId" in message ? `${message.completionId}` : message.kind;
        }),
      );
    },
    onMalformed: (error) => malformed.push(error),
  });
  const awaits = (awaited: Future) =>
    delivery.await({ executingSideEffects: false, decode: () => awaited });
  return { ports, delivery, sent, lastIndexes, malformed, awaits };
}

describe("an attempt that says what it awaits", () => {
  it("is told nothing until that can resolve, then everything at once and in order", () => {
    const { delivery, sent, awaits, lastIndexes } = begin();
    awaits(all(1, 2, 3));
    for (const id of [2, 9, 1]) delivery.add(completion(id));
    expect(sent).toEqual([]);
    delivery.add(completion(3));
    expect(sent).toEqual([["2", "9", "1", "3"]]);
    expect(lastIndexes).toEqual([3]);
  });

  it("is woken once by a thousand children", async () => {
    const { ports, delivery, sent, awaits } = begin();
    awaits(all(...Array.from({ length: 1000 }, (_, i) => i + 1)));
    for (let id = 1; id <= 1000; id++) delivery.add(completion(id));
    await ports.advance(1000);
    expect(sent.map((items) => items.length)).toEqual([1000]);
  });

  it("is told at once when it awaits what is there already", () => {
    const { delivery, sent, awaits } = begin();
    awaits(all(1, 2));
    delivery.add(completion(1));
    awaits(first(1, 7));
    expect(sent).toEqual([["1"]]);
  });

  it("has what it learned in its replay, and earlier, counted", () => {
    const { delivery, sent, awaits } = begin();
    delivery.replayed(completion(1).message);
    awaits(all(1, 2, 3));
    delivery.add(completion(2));
    expect(sent).toEqual([]);
    delivery.add(completion(3));
    awaits(all(1, 2, 3, 4));
    delivery.add(completion(4));
    expect(sent).toEqual([["2", "3"], ["4"]]);
  });

  it("fails early where its combinator does", () => {
    const { delivery, sent, awaits } = begin();
    awaits(future(Combinator.allSucceededOrFirstFailed, [1, 2, 3]));
    delivery.add(completion(1));
    expect(sent).toEqual([]);
    delivery.add(completion(2, { failed: true }));
    expect(sent).toEqual([["1", "2"]]);
  });

  it("may say so again and again: what counts is the last", () => {
    const { delivery, sent, awaits } = begin();
    awaits(first(1));
    awaits(first(1));
    awaits(first(2));
    delivery.add(completion(1));
    expect(sent).toEqual([]);
    awaits(first(1, 2));
    expect(sent).toEqual([["1"]]);
  });

  it("is not held to it after it was told something: it runs until it says so anew", async () => {
    const { ports, delivery, sent, awaits } = begin();
    awaits(first(1));
    delivery.add(completion(1));
    delivery.add(completion(2));
    await ports.advance(5);
    expect(sent).toEqual([["1"], ["2"]]);
  });

  it("with a tree that cannot be decoded is reported", () => {
    const { delivery, malformed } = begin();
    delivery.await({
      executingSideEffects: false,
      decode: () => {
        throw new Error("nonsense");
      },
    });
    delivery.add(completion(1));
    expect(malformed).toMatchObject([{ message: "nonsense" }]);
  });
});

describe("what cannot wait", () => {
  it("an acknowledgement goes at once, and takes what came before along", () => {
    const { delivery, sent, awaits } = begin();
    awaits(all(1, 2, 3));
    delivery.add(completion(1));
    delivery.add(completion(2));
    delivery.add(completion(8, { ack: true }));
    expect(sent).toEqual([["1", "2", "ack 8"]]);
  });

  it("so does a cancellation; another signal waits", () => {
    const { delivery, sent, awaits } = begin();
    awaits(all(1));
    delivery.add(signal(17));
    expect(sent).toEqual([]);
    delivery.add(signal(1));
    expect(sent).toEqual([["signal 17", "signal 1"]]);
  });
});

describe("an attempt that does not say what it awaits", () => {
  it("is told at once, and then at most every 5 ms", async () => {
    const { ports, delivery, sent } = begin();
    delivery.add(completion(1));
    expect(sent).toEqual([["1"]]);
    delivery.add(completion(2));
    await ports.advance(3);
    delivery.add(completion(3));
    expect(sent).toHaveLength(1);
    await ports.advance(2);
    expect(sent).toEqual([["1"], ["2", "3"]]);
    await ports.advance(5);
    delivery.add(completion(4));
    expect(sent).toEqual([["1"], ["2", "3"], ["4"]]);
  });

  it("and begins to say so is told nothing more by the clock", async () => {
    const { ports, delivery, sent, awaits } = begin();
    delivery.add(completion(1));
    delivery.add(completion(2));
    awaits(all(2, 3));
    await ports.advance(50);
    expect(sent.flat()).not.toContain("3");
    delivery.add(completion(3));
    expect(sent.flat()).toEqual(["1", "2", "3"]);
  });
});

describe("what is pending", () => {
  it("is counted in items and in bytes", () => {
    const { delivery, awaits } = begin();
    awaits(all(99));
    delivery.add(completion(1));
    delivery.add(completion(2));
    expect(delivery.pendingCount).toBe(2);
    expect(delivery.pendingSize).toBe(completion(1).frame.length * 2);
    delivery.drop();
    expect([delivery.pendingCount, delivery.pendingSize]).toEqual([0, 0]);
  });

  it("can be left to the store: it still counts towards what is awaited", () => {
    const { delivery, awaits, sent } = begin();
    awaits(all(1, 2, 3));
    delivery.add(completion(1));
    expect(delivery.drop().map(({ index }) => index)).toEqual([1]);
    expect(delivery.mustNotWait).toBe(false);
    expect(delivery.observeOnly(completion(2))).toBe(false);
    expect(delivery.observeOnly(completion(3))).toBe(true);
    expect(sent).toEqual([]);
  });

  it("left to the store is wanted at once by one that says nothing, and where it is urgent", () => {
    const { delivery, awaits } = begin();
    expect(delivery.observeOnly(completion(1))).toBe(true);
    awaits(all(1, 2, 3));
    delivery.add(completion(2));
    expect(delivery.observeOnly(completion(8, { ack: true }))).toBe(true);
    expect(delivery.observeOnly(signal(1))).toBe(true);
  });

  it("is not sent once the stream is closed", async () => {
    const { ports, delivery, sent, awaits } = begin();
    delivery.add(completion(1));
    delivery.add(completion(2));
    delivery.close();
    awaits(first(2));
    delivery.add(completion(3, { ack: true }));
    await ports.advance(100);
    expect(sent).toEqual([["1"]]);
    expect(ports.timerCount).toBe(0);
  });
});
