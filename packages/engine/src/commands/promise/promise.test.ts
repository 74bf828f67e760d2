/** Durable promises of workflows (server.md §1.6.4, §1.6.13, §5.2, §5.14). */
import { beforeEach, describe, expect, it } from "vitest";
import {
  completePromise,
  getPromise,
  objectTarget,
  peekPromise,
  queryTarget,
  sharedTarget,
  VOID,
  workflowTarget,
} from "../../testing/commands.ts";
import { TestPartition } from "../../testing/partition.ts";
import {
  anyOf,
  type EndpointItem,
  failure,
  finish,
  invoke,
  keyOf,
  run,
  SVC,
  send,
  started,
  suspension,
  value,
} from "../../testing/records.ts";

const flow = keyOf(1);
const query = keyOf(2);
let partition: TestPartition;

beforeEach(() => {
  partition = new TestPartition();
  partition.apply(invoke(flow, { target: workflowTarget("w") }));
  partition.apply(invoke(query, { target: queryTarget("w") }));
});

/** What the completion `completionId` of an invocation says. */
function resultOf(key: string, completionId: number): unknown {
  for (const { message } of partition.journal(key)) {
    if (!("completionId" in message && "result" in message)) continue;
    if (message.completionId === completionId) return message.result;
  }
  return undefined;
}

const ALREADY = failure(409, "promise was already completed");

describe("a promise", () => {
  it("that is open waits, peeked at is void, and completed tells those who wait", () => {
    send(partition, flow, [getPromise(1, "p"), suspension(anyOf(1))]);
    send(partition, query, [peekPromise(1, "p")]);
    expect(resultOf(query, 1)).toEqual(VOID);
    const applied = send(partition, query, [completePromise(2, "p", value("done"))]);
    expect(started(applied)).toEqual([flow]);
    expect(resultOf(query, 2)).toEqual(VOID);
    expect(resultOf(flow, 1)).toEqual(value("done"));
    send(partition, query, [peekPromise(3, "p"), getPromise(4, "p")]);
    expect([resultOf(query, 3), resultOf(query, 4)]).toEqual([value("done"), value("done")]);
  });

  it("is completed once: who comes later is told so, and nothing changes", () => {
    send(partition, flow, [completePromise(1, "p", value("first"))]);
    send(partition, query, [completePromise(1, "p", value("second")), peekPromise(2, "p")]);
    expect([resultOf(flow, 1), resultOf(query, 1)]).toEqual([VOID, ALREADY]);
    expect(resultOf(query, 2)).toEqual(value("first"));
  });

  it("is completed once also within one record", () => {
    send(partition, flow, [
      completePromise(1, "p", value("first")),
      completePromise(2, "p", value("second")),
      getPromise(3, "p"),
    ]);
    expect([1, 2, 3].map((id) => resultOf(flow, id))).toEqual([VOID, ALREADY, value("first")]);
  });

  it("can be rejected", () => {
    send(partition, flow, [getPromise(1, "p"), suspension(anyOf(1))]);
    send(partition, query, [completePromise(1, "p", failure(400, "no"))]);
    expect(resultOf(flow, 1)).toEqual(failure(400, "no"));
  });

  it("that several wait for tells all of them, and one twice that asked twice", () => {
    const other = keyOf(3);
    partition.apply(invoke(other, { target: queryTarget("w") }));
    send(partition, flow, [getPromise(1, "p"), getPromise(2, "p")]);
    send(partition, other, [getPromise(7, "p")]);
    send(partition, query, [completePromise(1, "p", value("x"))]);
    expect([resultOf(flow, 1), resultOf(flow, 2), resultOf(other, 7)]).toEqual([
      value("x"),
      value("x"),
      value("x"),
    ]);
  });

  it("tells nobody who has completed meanwhile", () => {
    send(partition, flow, [getPromise(1, "p"), ...finish()]);
    const before = partition.get(flow);
    send(partition, query, [completePromise(1, "p", value("x"))]);
    expect(partition.get(flow)).toEqual(before);
  });

  it("of another name or of another workflow is another one", () => {
    const other = keyOf(3);
    partition.apply(invoke(other, { target: queryTarget("v") }));
    send(partition, flow, [completePromise(1, "p", value("x"))]);
    send(partition, query, [peekPromise(1, "q")]);
    send(partition, other, [peekPromise(1, "p")]);
    expect([resultOf(query, 1), resultOf(other, 1)]).toEqual([VOID, VOID]);
  });

  it("can be completed before the workflow runs", () => {
    const early = keyOf(4);
    partition.apply(invoke(early, { target: queryTarget("late") }));
    send(partition, early, [completePromise(1, "p", value("early"))]);
    const late = keyOf(5);
    partition.apply(invoke(late, { target: workflowTarget("late") }));
    send(partition, late, [getPromise(1, "p")]);
    expect(resultOf(late, 1)).toEqual(value("early"));
  });

  it("is completed right after the command, before the next one", () => {
    send(partition, flow, [completePromise(1, "p", value("x")), getPromise(2, "p"), run(3)]);
    expect(partition.journal(flow).map(({ message }) => message.kind)).toEqual([
      "completePromise",
      "completePromiseCompletion",
      "getPromise",
      "getPromiseCompletion",
      "run",
    ]);
  });
});

describe("promises are refused", () => {
  const commands: readonly EndpointItem[] = [
    getPromise(1, "p"),
    peekPromise(1, "p"),
    completePromise(1, "p", value("x")),
  ];
  for (const target of [SVC, objectTarget("o"), sharedTarget("o")]) {
    for (const command of commands) {
      it(`to ${target.service}/${target.handler}: ${command.kind}`, () => {
        const key = keyOf(9);
        partition.apply(invoke(key, { target }));
        send(partition, key, [command, run(5)]);
        expect(partition.journal(key)).toEqual([]);
        const { lastFailure } = partition.get(key);
        expect(lastFailure).toMatchObject({ docCode: "RT0017", code: 500 });
        expect(lastFailure?.message).toContain(`${target.service} is no workflow`);
      });
    }
  }
});
