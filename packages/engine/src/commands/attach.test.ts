/** Attaching to another invocation, and asking for its output (server.md §5.3, §5.10). */
import { type AttachTarget, deterministicUuid, invocationKeyOf } from "@rejoin/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import { attachTo, outputOf, VOID, workflowTarget } from "../testing/commands.ts";
import { TestPartition } from "../testing/partition.ts";
import {
  allOf,
  anyOf,
  call,
  failure,
  finish,
  invoke,
  keyOf,
  patterned,
  run,
  send,
  started,
  suspension,
  value,
} from "../testing/records.ts";

const asking = keyOf(1);
const asked = keyOf(2);
let partition: TestPartition;

beforeEach(() => {
  partition = new TestPartition();
  partition.apply(invoke(asking));
  partition.apply(invoke(asked));
});

function resultOf(completionId: number): unknown {
  for (const { message } of partition.journal(asking)) {
    if (!("completionId" in message && "result" in message)) continue;
    if (message.completionId === completionId) return message.result;
  }
  return undefined;
}

const NOT_FOUND = failure(404, "not found");

describe("attaching", () => {
  it("to a running invocation completes when that does", () => {
    send(partition, asking, [attachTo(1, asked), suspension(anyOf(1))]);
    expect(partition.get(asking).status).toBe("suspended");
    expect(partition.get(asked).sinks).toEqual([
      { key: asking, bornIn: 1, completionId: 1, for: "attach" },
    ]);
    expect(started(send(partition, asked, finish(value("r"))))).toEqual([asking]);
    expect(partition.journal(asking).at(-1)?.message).toEqual({
      kind: "attachInvocationCompletion",
      completionId: 1,
      result: value("r"),
    });
  });

  it("to a completed one is answered at once, with all of a large result", () => {
    const large = patterned(100_000);
    send(partition, asked, finish(value(large)));
    send(partition, asking, [attachTo(1, asked)]);
    expect(resultOf(1)).toEqual(value(large));
  });

  it("passes a failure on", () => {
    send(partition, asked, finish(failure(400, "no")));
    send(partition, asking, [attachTo(1, asked)]);
    expect(resultOf(1)).toEqual(failure(400, "no"));
  });

  it("to one that never was is a failure", () => {
    send(partition, asking, [attachTo(1, keyOf(99))]);
    expect(resultOf(1)).toEqual(NOT_FOUND);
  });

  it("does not count as a child", () => {
    send(partition, asking, [attachTo(1, asked)]);
    send(partition, asked, finish());
    expect(partition.get(asking)).toMatchObject({ childrenStarted: 0, childrenSucceeded: 0 });
  });

  it("to oneself is never answered before one's own end, and harms nothing then", () => {
    send(partition, asking, [attachTo(1, asking), ...finish()]);
    expect(partition.get(asking)).toMatchObject({ status: "completed", notificationCount: 0 });
  });
});

describe("asking for an output", () => {
  it("of a running invocation says that there is none yet", () => {
    send(partition, asking, [outputOf(1, asked)]);
    expect(resultOf(1)).toEqual(VOID);
    expect(partition.get(asked).sinks).toEqual([]);
    send(partition, asked, finish(value("r")));
    expect(partition.get(asking).notificationCount).toBe(1);
  });

  it("of a completed one gives it; of one that never was, a failure", () => {
    send(partition, asked, finish(value("r")));
    send(partition, asking, [outputOf(1, asked), outputOf(2, keyOf(99))]);
    expect([resultOf(1), resultOf(2)]).toEqual([value("r"), NOT_FOUND]);
    expect(partition.journal(asking).map(({ message }) => message.kind)).toContain(
      "getInvocationOutputCompletion",
    );
  });

  it("resolves a suspension in the same record", () => {
    const applied = send(partition, asking, [outputOf(1, asked), suspension(allOf(1))]);
    expect(started(applied)).toEqual([asking]);
  });
});

describe("an invocation is named", () => {
  const request = { service: "Svc", handler: "work", idempotencyKey: "k" } as const;

  it("by the idempotency key of its request", () => {
    send(partition, asking, [call(2, { idempotencyKey: "k" })]);
    const target: AttachTarget = { kind: "idempotentRequest", ...request };
    const child = invocationKeyOf(target, () => false);
    expect(partition.invocation(child)?.idempotencyKey).toBe("k");
    send(partition, child, finish(value("r")));
    send(partition, asking, [attachTo(4, target), outputOf(5, target)]);
    expect([resultOf(4), resultOf(5)]).toEqual([value("r"), value("r")]);
  });

  it("as the run of a workflow", () => {
    const target: AttachTarget = { kind: "workflow", name: "Wf", key: "w" };
    const flow = invocationKeyOf(target, () => true);
    expect(flow.endsWith(String.fromCharCode(...deterministicUuid(target)))).toBe(true);
    partition.apply(invoke(flow, { target: workflowTarget("w") }));
    send(partition, flow, finish(value("r")));
    send(partition, asking, [attachTo(1, target)]);
    expect(resultOf(1)).toEqual(value("r"));
  });

  it("by an id that is none: the attempt fails, and nothing from it on is stored", () => {
    for (const item of [attachTo, outputOf]) {
      partition = new TestPartition();
      partition.apply(invoke(asking));
      const broken = { kind: "invocation", invocationId: "inv_nonsense" } as const;
      send(partition, asking, [run(1), item(2, broken), run(3)]);
      expect(partition.journal(asking)).toHaveLength(1);
      const { lastFailure } = partition.get(asking);
      expect(lastFailure).toMatchObject({ docCode: "RT0017", code: 500 });
      expect(lastFailure?.message).toContain("inv_nonsense is no invocation id");
    }
  });
});

describe("in another partition", () => {
  it("the question and the answer travel by mailbox", () => {
    const near = new TestPartition({ partition: 0, partitionCount: 2 });
    const far = new TestPartition({ partition: 1, partitionCount: 2 });
    const [here, there] = [keyOf(1), keyOf(2, 0xffff_ffff)];
    near.apply(invoke(here));
    far.apply(invoke(there));
    send(near, here, [attachTo(1, there), outputOf(2, there), suspension(allOf(1))]);
    for (const [index, { message }] of near.outbox.entries()) {
      far.apply({ kind: "message", source: 0, sequence: { commit: 1, index }, message });
    }
    send(far, there, finish(value("r")));
    expect(far.outbox.map(({ message }) => message)).toMatchObject([
      { kind: "result", for: "output", completionId: 2, outcome: undefined },
      { kind: "result", for: "attach", completionId: 1, outcome: value("r") },
    ]);
    const applied = far.outbox.map(({ message }, index) =>
      near.apply({ kind: "message", source: 1, sequence: { commit: 1, index }, message }),
    );
    expect(applied.flatMap(started)).toEqual([here]);
  });
});
