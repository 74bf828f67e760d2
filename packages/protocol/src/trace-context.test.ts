import { describe, expect, it } from "vitest";
import { createInvocationKey } from "./ids.ts";
import type { Header } from "./messages.ts";
import {
  formatTraceParent,
  headersOfCallee,
  invocationTraceOf,
  parseTraceParent,
  spanIdOfAttempt,
  spanIdOfInvocation,
  traceIdOf,
  traceIdOfInvocation,
  withTraceContext,
} from "./trace-context.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";
const keyOf = (last: number) =>
  createInvocationKey(
    { high: 1, low: 2 },
    Uint8Array.from({ length: 16 }, (_, i) => last + i),
  );

describe("traceparent", () => {
  it("is read as it is written", () => {
    for (const sampled of [true, false]) {
      const context = { traceId: TRACE, spanId: SPAN, sampled };
      expect(parseTraceParent(formatTraceParent(context))).toEqual(context);
    }
  });

  it("may be of a newer version, with flags that are not known and more behind them", () => {
    const context = { traceId: TRACE, spanId: SPAN, sampled: true };
    expect(parseTraceParent(`cc-${TRACE}-${SPAN}-03`)).toEqual(context);
    expect(parseTraceParent(` cc-${TRACE}-${SPAN}-01-what-follows `)).toEqual(context);
  });

  it.each([
    undefined,
    "",
    "00",
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${"0".repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-0x`,
  ])("names nothing if it is %j", (text) => {
    expect(parseTraceParent(text)).toBeUndefined();
  });
});

describe("ids of spans", () => {
  it("follow from the invocation and the start", () => {
    expect(traceIdOfInvocation(keyOf(1))).toBe("0102030405060708090a0b0c0d0e0f10");
    expect(spanIdOfInvocation(keyOf(1))).toBe("090a0b0c0d0e0f10");
    // Stored contexts refer to them: they must not change.
    expect(spanIdOfAttempt(keyOf(1), 1)).toBe("27f2d5153526a0a3");
    const ids = new Set<string>();
    for (let key = 0; key < 20; key++) {
      for (let start = 1; start <= 20; start++) ids.add(spanIdOfAttempt(keyOf(key), start));
    }
    expect(ids.size).toBe(400);
  });
});

describe("the context of an invocation", () => {
  const context = { traceId: TRACE, spanId: SPAN, sampled: true };
  const other: Header = { key: "x-other", value: "1" };
  const traced = withTraceContext([other, { key: "traceparent", value: "old" }], context, "a=1");

  it("is in its headers, in place of an older one", () => {
    expect(traced).toEqual([
      other,
      { key: "traceparent", value: `00-${TRACE}-${SPAN}-01` },
      { key: "tracestate", value: "rejoin=1,a=1" },
    ]);
    expect(invocationTraceOf(traced)).toMatchObject({ traceId: TRACE, parent: context });
  });

  it("is none of ours without the mark, and its trace is known all the same", () => {
    const foreign = [{ key: "traceparent", value: `00-${TRACE}-${SPAN}-01` }];
    expect(invocationTraceOf(foreign)).toBeUndefined();
    expect(traceIdOf(foreign)).toBe(TRACE);
    const forged = [...foreign, { key: "tracestate", value: "a=1,rejoin=1" }];
    expect(invocationTraceOf(forged)).toBeUndefined();
    const malformed = [...foreign, { key: "tracestate", value: "rejoin=12" }];
    expect(invocationTraceOf(malformed)).toBeUndefined();
  });

  it("keeps what others have in tracestate, as far as there is room", () => {
    const members = Array.from({ length: 40 }, (_, i) => `k${i}=${"v".repeat(20)}`).join(", ");
    const state = withTraceContext([], context, `rejoin=1,${members}`).at(-1)?.value ?? "";
    expect(state.startsWith("rejoin=1,k0=v")).toBe(true);
    expect(state.length).toBeLessThanOrEqual(512);
    expect(state.split(",").filter((member) => member.startsWith("rejoin="))).toHaveLength(1);
  });

  it("keeps nothing that could not be sent as a header", () => {
    const state = "a=1,b\u00fc=2,c=\n3,d,=,e=\u{1f600},f=x y";
    const headers = withTraceContext([], context, state);
    expect(invocationTraceOf(headers)?.traceState).toBe("rejoin=1,a=1,f=x y");
    const forged = [headers[0] ?? other, { key: "tracestate", value: `rejoin=1,${state}` }];
    expect(invocationTraceOf(forged)?.traceState).toBe("rejoin=1,a=1,f=x y");
  });

  const caller = { key: keyOf(1), starts: 3, headers: traced };
  const attempt = { traceId: TRACE, spanId: spanIdOfAttempt(keyOf(1), 3), sampled: true };

  it("goes on to a callee, which is a child of the attempt that calls", () => {
    const call = { caller, callee: keyOf(5), isOneWay: false };
    const headers = headersOfCallee([other], call);
    expect(headers[0]).toEqual(other);
    const trace = invocationTraceOf(headers);
    expect(trace).toMatchObject({ traceId: TRACE, parent: attempt, link: undefined });
    expect(trace?.traceState).toBe("rejoin=1,a=1");
  });

  it("is a new one for a callee that nobody waits for, and links to the old one", () => {
    const headers = headersOfCallee([], { caller, callee: keyOf(5), isOneWay: true });
    const trace = invocationTraceOf(headers);
    const traceId = traceIdOfInvocation(keyOf(5));
    expect(trace).toMatchObject({ traceId, parent: undefined, link: attempt });
    const grandchild = headersOfCallee([], {
      caller: { key: keyOf(5), starts: 1, headers },
      callee: keyOf(6),
      isOneWay: false,
    });
    const parent = { traceId, spanId: spanIdOfAttempt(keyOf(5), 1), sampled: true };
    expect(invocationTraceOf(grandchild)).toMatchObject({ traceId, parent, link: undefined });
  });

  it("is the one that the caller's code gives its callee", () => {
    const given = [{ key: "traceparent", value: `00-${"1".repeat(32)}-${"2".repeat(16)}-00` }];
    const headers = headersOfCallee(given, { caller, callee: keyOf(5), isOneWay: false });
    expect(invocationTraceOf(headers)?.parent).toEqual({
      traceId: "1".repeat(32),
      spanId: "2".repeat(16),
      sampled: false,
    });
  });

  it("leaves callees alone whose caller is not traced", () => {
    const untraced = {
      ...caller,
      headers: [{ key: "traceparent", value: `00-${TRACE}-${SPAN}-01` }],
    };
    const given = [other];
    expect(headersOfCallee(given, { caller: untraced, callee: keyOf(5), isOneWay: false })).toBe(
      given,
    );
  });
});
