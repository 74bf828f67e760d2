/** Call and OneWayCall: what both do with their target, and what differs. */
import {
  deterministicUuid,
  formatInvocationId,
  type InvocationKey,
  invocationKeyToBytes,
  parseInvocationId,
  partitionKeyOf,
  partitionKeyOfIdempotentRequest,
  partitionKeyOfKey,
  partitionOf,
} from "@rejoin/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import { TestPartition } from "../testing/partition.ts";
import {
  actionKinds,
  bytes,
  call,
  finish,
  fireNext,
  invoke,
  keyOf,
  oneWayCall,
  send,
  started,
  text,
  value,
} from "../testing/records.ts";

const parent = keyOf(1);
let partition: TestPartition;

beforeEach(() => {
  partition = new TestPartition();
  partition.apply(invoke(parent));
});

/** The id that the journal's CallInvocationId notification of `completionId` names. */
function calleeOf(completionId: number): InvocationKey {
  for (const { message } of partition.journal(parent)) {
    if (message.kind !== "callInvocationIdCompletion") continue;
    if (message.completionId !== completionId) continue;
    if (message.result.kind === "invocationId")
      return parseInvocationId(message.result.invocationId);
  }
  throw new Error(`no callee is named by completion ${completionId}`);
}

function kindsOf(key: InvocationKey): string[] {
  return partition.journal(key).map((entry) => entry.message.kind);
}

function uuidOf(key: InvocationKey): Uint8Array {
  return invocationKeyToBytes(key).slice(8);
}

describe("a call", () => {
  it("stores the command and its callee's id, starts the callee, and completes with its result", () => {
    const applied = send(partition, parent, [call(2)]);
    const callee = calleeOf(1);
    expect(kindsOf(parent)).toEqual(["call", "callInvocationIdCompletion"]);
    expect(started(applied)).toEqual([callee]);
    expect(partition.get(parent)).toMatchObject({ childrenStarted: 1, journalLength: 3 });
    const born = partition.get(callee);
    expect(born).toMatchObject({
      status: "invoked",
      target: { service: "Svc", handler: "work", key: "", handlerKind: "service" },
      caller: { kind: "invocation", key: parent, bornIn: 1, completionId: 2 },
      root: parent,
      idempotencyKey: undefined,
      headers: [],
      starts: 1,
    });
    expect(born.input.kind === "inline" && text(born.input.bytes)).toBe("param");

    send(partition, callee, finish(value("result")));
    const result = partition.journal(parent).at(-1)?.message;
    expect(result).toEqual({
      kind: "callCompletion",
      completionId: 2,
      result: value("result"),
    });
    expect(partition.get(parent)).toMatchObject({ childrenSucceeded: 1, childrenFailed: 0 });
  });

  it("passes the callee's failure on with its code and message, and counts it", () => {
    send(partition, parent, [call(2)]);
    const broken = { kind: "failure", failure: { code: 409, message: "no" } } as const;
    send(partition, calleeOf(1), finish(broken));
    expect(partition.journal(parent).at(-1)?.message).toMatchObject({ result: broken });
    expect(partition.get(parent)).toMatchObject({ childrenSucceeded: 0, childrenFailed: 1 });
  });

  it("carries the headers that the command gives, and none of the caller's", () => {
    const key = keyOf(2);
    partition.apply(invoke(key, { headers: [{ key: "x", value: "caller's" }] }));
    const applied = send(partition, key, [
      call(2, { headers: [{ key: "h", value: "v" }] }),
      call(4),
    ]);
    const [first, second] = started(applied).map((id) => partition.get(id));
    expect(first?.headers).toEqual([{ key: "h", value: "v" }]);
    expect(second?.headers).toEqual([]);
  });

  it("stays in its caller's partition without key and idempotency key, with an id of its own each", () => {
    const applied = send(partition, parent, [call(2), call(4), oneWayCall(5)]);
    const ids = started(applied);
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(partitionKeyOf(id)).toEqual(partitionKeyOf(parent));
  });

  it("hands on the root of the call tree", () => {
    const [child = ""] = started(send(partition, parent, [call(2)]));
    const [grandchild = ""] = started(send(partition, child, [call(2)]));
    expect(partition.get(grandchild).root).toBe(parent);
  });
});

describe("an idempotency key", () => {
  const options = { idempotencyKey: "k" } as const;

  it("gives the id that the ingress would compute", () => {
    send(partition, parent, [call(2, options)]);
    const callee = calleeOf(1);
    const request = { kind: "idempotentRequest", service: "Svc", handler: "work" } as const;
    expect(uuidOf(callee)).toEqual(deterministicUuid({ ...request, idempotencyKey: "k" }));
    expect(partitionKeyOf(callee)).toEqual(partitionKeyOfIdempotentRequest("Svc", "k"));
    expect(partition.get(callee).idempotencyKey).toBe("k");
  });

  it("of a keyed target includes the key", () => {
    send(partition, parent, [call(2, { ...options, service: "Obj", handler: "add", key: "a" })]);
    send(partition, parent, [call(4, { ...options, service: "Obj", handler: "add", key: "b" })]);
    const request = { kind: "idempotentRequest", service: "Obj", handler: "add" } as const;
    const [a, b] = [calleeOf(1), calleeOf(3)];
    expect(uuidOf(a)).toEqual(deterministicUuid({ ...request, key: "a", idempotencyKey: "k" }));
    expect(partitionKeyOf(b)).toEqual(partitionKeyOfKey("b"));
    expect(a).not.toBe(b);
  });

  it("runs the callee once for several callers, and every one of them gets the result", () => {
    const other = keyOf(2);
    partition.apply(invoke(other));
    expect(started(send(partition, parent, [call(2, options)]))).toHaveLength(1);
    expect(started(send(partition, other, [call(7, options)]))).toEqual([]);
    expect(started(send(partition, parent, [call(4, options)]))).toEqual([]);
    const callee = calleeOf(1);
    expect(calleeOf(3)).toBe(callee);
    expect(partition.get(callee).sinks).toEqual([
      { key: other, bornIn: 2, completionId: 7, for: "call" },
      { key: parent, bornIn: 1, completionId: 4, for: "call" },
    ]);
    send(partition, callee, finish(value("once")));
    const resultsOf = (key: InvocationKey) =>
      partition
        .journal(key)
        .flatMap(({ message }) =>
          message.kind === "callCompletion" ? [[message.completionId, message.result]] : [],
        );
    expect(resultsOf(parent)).toEqual([
      [2, value("once")],
      [4, value("once")],
    ]);
    expect(resultsOf(other)).toEqual([[7, value("once")]]);
    expect(partition.get(callee).sinks).toEqual([]);
  });

  it("of a completed invocation answers a call at once with the stored result", () => {
    send(partition, parent, [call(2, options)]);
    send(partition, calleeOf(1), finish(value("kept")));
    const applied = send(partition, parent, [call(4, options)]);
    expect(started(applied)).toEqual([]);
    expect(partition.journal(parent).at(-1)?.message).toEqual({
      kind: "callCompletion",
      completionId: 4,
      result: value("kept"),
    });
  });

  it("of a send joins nothing: the earlier invocation goes on as it is", () => {
    send(partition, parent, [call(2, options)]);
    const before = partition.get(calleeOf(1));
    const applied = send(partition, parent, [oneWayCall(3, { ...options, invokeTime: 9e12 })]);
    expect(started(applied)).toEqual([]);
    expect(partition.get(calleeOf(1))).toEqual(before);
    expect(calleeOf(3)).toBe(calleeOf(1));
  });
});

describe("a keyed target", () => {
  it("lives in the partition of its key, whatever its caller's", () => {
    const count = 4;
    const mine = partitionOf(partitionKeyOf(parent), count);
    const here = new TestPartition({ partition: mine, partitionCount: count });
    here.apply(invoke(parent));
    const key = ["a", "b", "c", "d", "e", "f"].find(
      (candidate) => partitionOf(partitionKeyOfKey(candidate), count) !== mine,
    );
    const applied = send(here, parent, [
      call(2, { service: "Obj", handler: "add", key: key ?? "" }),
    ]);
    expect(started(applied)).toEqual([]);
    const [sent] = here.outbox;
    expect(sent?.destination).toBe(partitionOf(partitionKeyOfKey(key ?? ""), count));
    expect(sent?.message).toMatchObject({
      kind: "invoke",
      fresh: true,
      caller: parent,
      callerBornIn: 1,
      completionId: 2,
      target: { service: "Obj", handler: "add", key, handlerKind: "exclusive" },
    });
  });

  it("takes an empty key", () => {
    const applied = send(partition, parent, [call(2, { service: "Obj", handler: "get", key: "" })]);
    expect(started(applied)).toHaveLength(1);
  });

  it("keeps the kind of its handler", () => {
    const applied = send(partition, parent, [
      call(2, { service: "Obj", handler: "add", key: "a" }),
      call(4, { service: "Obj", handler: "get", key: "a" }),
      call(6, { service: "Wf", handler: "query", key: "a" }),
    ]);
    const kinds = started(applied).map((id) => partition.get(id).target.handlerKind);
    expect(kinds).toEqual(["exclusive", "shared", "shared"]);
  });
});

describe("what cannot be called", () => {
  const cases = [
    ["an unknown service", call(2, { service: "Nope" }), "RT0018", 404],
    ["an unknown handler", call(2, { handler: "nope" }), "RT0018", 404],
    ["a plain service with a key", call(2, { key: "k" }), "RT0017", 500],
    ["with an empty idempotency key", call(2, { idempotencyKey: "" }), "RT0017", 500],
    ["an unknown service one way", oneWayCall(1, { service: "Nope" }), "RT0018", 404],
    ["a plain service with a key one way", oneWayCall(1, { key: "k" }), "RT0017", 500],
    ["one way with an empty idempotency key", oneWayCall(1, { idempotencyKey: "" }), "RT0017", 500],
  ] as const;

  for (const [what, command, docCode, code] of cases) {
    it(`${what} fails the attempt with ${docCode}; nothing from it on is stored`, () => {
      const good = call(12);
      const applied = send(partition, parent, [good, command, call(14), ...finish()]);
      expect(kindsOf(parent)).toEqual(["call", "callInvocationIdCompletion"]);
      expect(started(applied)).toEqual([calleeOf(11)]);
      expect(actionKinds(applied)).toContain("stopAttempt");
      const invocation = partition.get(parent);
      expect(invocation.lastFailure).toMatchObject({ docCode, code });
      expect(invocation).toMatchObject({ status: "invoked", output: undefined, retryCount: 1 });
      expect(invocation.nextRetryAt).toBeGreaterThan(partition.timeMs);
    });
  }

  it("is tried again by the caller's policy and succeeds when the target is there", () => {
    const unknown = call(2, { service: "Late" });
    send(partition, parent, [unknown]);
    expect(started(fireNext(partition))).toEqual([parent]);
    const service = partition.registry.latest("Svc");
    const { registry } = partition;
    partition.registry = {
      ...registry,
      latest: (name) => (name === "Late" ? service : registry.latest(name)),
    };
    expect(started(send(partition, parent, [unknown]))).toEqual([calleeOf(1)]);
    expect(partition.get(parent).retriesSinceEntry).toBe(0);
  });
});

describe("a one-way call", () => {
  it("tells the callee's id and no result, ever", () => {
    const applied = send(partition, parent, [oneWayCall(1)]);
    const callee = calleeOf(1);
    expect(started(applied)).toEqual([callee]);
    expect(partition.get(callee).caller).toEqual({
      kind: "invocation",
      key: parent,
      bornIn: 1,
      completionId: 0,
    });
    send(partition, callee, finish());
    expect(kindsOf(parent)).toEqual(["oneWayCall", "callInvocationIdCompletion"]);
    expect(partition.get(parent)).toMatchObject({ childrenStarted: 1, childrenSucceeded: 0 });
  });

  it("with a time is scheduled and starts when it is due", () => {
    const due = partition.timeMs + 5000;
    const applied = send(partition, parent, [oneWayCall(1, { invokeTime: due })]);
    const callee = calleeOf(1);
    expect(started(applied)).toEqual([]);
    expect(actionKinds(applied)).toContain("setTimer");
    expect(partition.get(callee)).toMatchObject({
      status: "scheduled",
      scheduledFor: due,
      starts: 0,
    });
    expect(partition.timers()).toMatchObject([{ timeMs: due, invocation: callee }]);
    expect(started(fireNext(partition))).toEqual([callee]);
    expect(partition.get(callee)).toMatchObject({ status: "invoked", starts: 1 });
    expect(partition.timers()).toEqual([]);
  });

  it("with a time that has passed is scheduled all the same: its timer fires at once", () => {
    send(partition, parent, [oneWayCall(1, { invokeTime: 1 })]);
    expect(partition.get(calleeOf(1)).status).toBe("scheduled");
    expect(partition.timers()).toMatchObject([{ timeMs: 1 }]);
  });
});

describe("an acknowledgement", () => {
  it("is asked for per command and names the command's place among the commands", () => {
    const applied = send(partition, parent, [
      call(2),
      { ...call(4), requestAck: true },
      { ...oneWayCall(5), requestAck: true },
    ]);
    const acks = applied.actions.filter((action) => action.kind === "ackCommand");
    expect(acks).toEqual([
      { kind: "ackCommand", key: parent, start: 1, commandIndex: 2 },
      { kind: "ackCommand", key: parent, start: 1, commandIndex: 3 },
    ]);
  });

  it("leaves no trace in the journal, whether the command came decoded or as its frame", () => {
    const asked = { ...call(2, { parameter: bytes("p") }), requestAck: true };
    send(partition, parent, [asked]);
    const [entry] = partition.journal(parent);
    expect(entry?.message).toEqual(call(2, { parameter: bytes("p") }));
    expect(formatInvocationId(calleeOf(1))).toMatch(/^inv_1/);
  });
});
