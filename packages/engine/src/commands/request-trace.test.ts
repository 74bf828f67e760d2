/** The context of a trace goes on from callers to callees, and never into the journal. */
import { invocationTraceOf, spanIdOfAttempt, withTraceContext } from "@rejoin/protocol";
import { describe, expect, it } from "vitest";
import { TestPartition } from "../testing/partition.ts";
import { call, invoke, keyOf, oneWayCall, send } from "../testing/records.ts";

const parent = keyOf(1);
const CONTEXT = { traceId: "a".repeat(32), spanId: "b".repeat(16), sampled: true };
const OTHER = { key: "x-other", value: "1" };

function headersOfCallee(partition: TestPartition) {
  const [callee, ...others] = partition.invocations().filter(({ key }) => key !== parent);
  expect(others).toEqual([]);
  return callee?.headers ?? [];
}

describe("a callee", () => {
  it("of a traced caller is a child of the attempt that calls, and its command is as it was sent", () => {
    const partition = new TestPartition();
    partition.apply(invoke(parent, { headers: withTraceContext([], CONTEXT, undefined) }));
    const command = call(2, { headers: [OTHER] });
    send(partition, parent, [command]);
    const headers = headersOfCallee(partition);
    expect(headers[0]).toEqual(OTHER);
    expect(invocationTraceOf(headers)).toMatchObject({
      traceId: CONTEXT.traceId,
      parent: { spanId: spanIdOfAttempt(parent, 1) },
    });
    // A replay compares it with what the code asks for: it must not have grown.
    expect(partition.journal(parent)[0]?.message).toEqual(command);
  });

  it("that nobody waits for links to that attempt, from a trace of its own", () => {
    const partition = new TestPartition();
    partition.apply(invoke(parent, { headers: withTraceContext([], CONTEXT, undefined) }));
    send(partition, parent, [oneWayCall(1)]);
    const trace = invocationTraceOf(headersOfCallee(partition));
    expect(trace?.traceId).not.toBe(CONTEXT.traceId);
    expect(trace?.link).toEqual({ ...CONTEXT, spanId: spanIdOfAttempt(parent, 1) });
  });

  it("of a caller that no server traces gets the headers of the command alone", () => {
    const partition = new TestPartition();
    const headers = withTraceContext([], CONTEXT, undefined).slice(0, 1);
    partition.apply(invoke(parent, { headers }));
    send(partition, parent, [call(2, { headers: [OTHER] })]);
    expect(headersOfCallee(partition)).toEqual([OTHER]);
  });
});
