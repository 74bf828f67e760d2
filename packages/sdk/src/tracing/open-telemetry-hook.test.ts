import { context, type Span, trace } from "@opentelemetry/api";
import * as reference from "@restatedev/restate-sdk";
import * as referencePackage from "@restatedev/restate-sdk-opentelemetry";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type Context,
  type HooksProvider,
  type Request,
  RetryableError,
  TerminalError,
} from "../index.ts";
import { type OpenTelemetryHookOptions, openTelemetryHook } from "../opentelemetry.ts";
import { runAck, runResult, sleepDone } from "../testing/messages.ts";
import { Script, type ScriptOptions } from "../testing/script.ts";
import {
  ERROR,
  enableActiveSpans,
  OK,
  type RecordedSpans,
  recordSpans,
  UNSET,
} from "../testing/spans.ts";

let disable: () => void;
beforeAll(() => {
  disable = enableActiveSpans();
});
afterAll(() => disable());

let spans: RecordedSpans;
beforeEach(() => {
  spans = recordSpans();
});
afterEach(() => spans.close());

type Handler = (ctx: Context) => unknown;

const playWith = (hook: HooksProvider, handler: Handler, options: ScriptOptions = {}) =>
  Script.play(handler, { ...options, options: { hooks: [hook] } });

const play = (
  handler: Handler,
  { hook = {}, ...options }: ScriptOptions & { hook?: Partial<OpenTelemetryHookOptions> } = {},
) => playWith(openTelemetryHook({ tracer: spans.tracer, ...hook }), handler, options);

const ATTEMPT = "attempt svc/run";
const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const SPAN_ID = "b7ad6b7169203331";
const TRACEPARENT = `00-${TRACE_ID}-${SPAN_ID}-01`;

const idOf = (name: string) => spans.span(name).spanContext().spanId;
const parentOf = (name: string) => spans.span(name).parentSpanContext;
const eventsOf = (name: string) => spans.span(name).events.map((event) => event.name);

const SLEEP_COMMAND = { kind: "sleep", name: "", wakeUpTime: 0, resultCompletionId: 1 } as const;
const RUN_COMMAND = { kind: "run", name: "one", resultCompletionId: 1 } as const;

describe("an attempt and its runs", () => {
  test("have spans, the run's below the attempt's", async () => {
    const script = await play(async (ctx) => await ctx.run("one", () => 1));
    await script.receive(runAck(1));
    expect(script.result).toBe(1);
    expect(spans.names()).toEqual(["run (one)", ATTEMPT]);
    const attempt = spans.span(ATTEMPT);
    expect(attempt.parentSpanContext).toBeUndefined();
    expect(attempt.attributes).toEqual({
      "restate.invocation.id": expect.stringMatching(/^inv_/),
      "restate.invocation.target": "svc/run",
    });
    expect(spans.span("run (one)").attributes).toEqual({ "restate.run.name": "one" });
    expect(parentOf("run (one)")?.spanId).toBe(idOf(ATTEMPT));
    for (const { status } of spans.finished()) expect(status).toEqual({ code: OK });
  });

  test("are the active spans of the handler and of the closure, before and after waits", async () => {
    const active: (string | undefined)[] = [];
    const note = () => active.push(trace.getActiveSpan()?.spanContext().spanId);
    const script = await play(async (ctx) => {
      note();
      await ctx.sleep(1);
      note();
      await ctx.run("one", async () => {
        await Promise.resolve();
        note();
      });
    });
    await script.receive(sleepDone(1));
    await script.receive(runAck(2));
    expect(active).toEqual([idOf(ATTEMPT), idOf(ATTEMPT), idOf("run (one)")]);
  });

  test("have what the handler makes between them", async () => {
    const script = await play(async (ctx) =>
      spans.tracer.startActiveSpan("between", async (span) => {
        await ctx.run("one", () => 1);
        span.end();
      }),
    );
    await script.receive(runAck(1));
    expect(parentOf("run (one)")?.spanId).toBe(idOf("between"));
    expect(parentOf("between")?.spanId).toBe(idOf(ATTEMPT));
  });

  test("have none for a run that is replayed", async () => {
    const known = [RUN_COMMAND, runResult(1, "known")];
    const script = await play(async (ctx) => await ctx.run("one", () => "anew"), { known });
    expect(script.result).toBe("known");
    expect(spans.names()).toEqual([ATTEMPT]);
  });

  test("have none for runs if so wished", async () => {
    const script = await play(async (ctx) => await ctx.run("one", () => 1), {
      hook: { runSpans: false },
    });
    await script.receive(runAck(1));
    expect(spans.names()).toEqual([ATTEMPT]);
  });

  test("have the status and the exception of what failed", async () => {
    const script = await play(
      async (ctx) =>
        await ctx.run("one", () => {
          throw new RangeError("out of reach");
        }),
    );
    expect(script.error).toMatchObject({ message: "out of reach" });
    expect(spans.span("run (one)").status).toEqual({ code: ERROR, message: "out of reach" });
    expect(spans.span("run (one)").events).toMatchObject([
      {
        name: "exception",
        attributes: { "exception.type": "RangeError", "exception.message": "out of reach" },
      },
    ]);
    expect(spans.span(ATTEMPT).status).toMatchObject({ code: ERROR });
    expect(eventsOf(ATTEMPT)).toEqual(["exception"]);
  });

  test.each<[string, () => unknown, string]>([
    ["a retryable error", () => new RetryableError("later"), "later"],
    ["a terminal error", () => new TerminalError("over"), "over"],
    ["a terminal error with the code of suspensions", terminal599, "over"],
    ["a text", () => "just a text", "just a text"],
    ["an object", () => ({ reason: "odd" }), 'Non-Error value: {"reason":"odd"}'],
    ["nothing", () => undefined, "Non-Error value: undefined"],
  ])("have the message of %s", async (_, create, message) => {
    await play(async () => {
      throw create();
    });
    expect(spans.span(ATTEMPT).status).toEqual({ code: ERROR, message });
    expect(eventsOf(ATTEMPT)).toEqual(["exception"]);
  });

  function terminal599() {
    return new TerminalError("over", { errorCode: 599 });
  }

  test("are at their end when the attempt is suspended or lost, which is no failure", async () => {
    const sleeping = async (ctx: Context) => await ctx.sleep(1);
    const suspended = await play(sleeping);
    expect(spans.names()).toEqual([]);
    await suspended.closeInput();
    expect(suspended.sent.at(-1)?.kind).toBe("suspension");
    const lost = await play(sleeping);
    await lost.abort();
    expect(spans.names()).toEqual([ATTEMPT, ATTEMPT]);
    for (const { status, events } of spans.finished()) {
      expect(status).toEqual({ code: UNSET });
      expect(events).toEqual([]);
    }
  });
});

describe("events that a handler adds while it replays", () => {
  const known = [SLEEP_COMMAND, sleepDone(1)];
  const handler = async (ctx: Context) => {
    const span = trace.getActiveSpan();
    span?.addEvent("first").setAttribute("place", "replayed").addEvent("second");
    span?.recordException(new Error("a small one"));
    await ctx.sleep(1);
    await ctx.run("one", () => {
      trace.getActiveSpan()?.addEvent("of the run");
    });
    span?.addEvent("live");
  };

  test("are dropped; attributes are kept, and so is what comes later", async () => {
    const script = await play(handler, { known });
    await script.receive(runAck(2));
    expect(eventsOf(ATTEMPT)).toEqual(["live"]);
    expect(spans.span(ATTEMPT).attributes).toMatchObject({ place: "replayed" });
    expect(eventsOf("run (one)")).toEqual(["of the run"]);
  });

  test("are kept if so wished", async () => {
    const hook = { suppressSpanEventsDuringReplay: false };
    const script = await play(handler, { known, hook });
    await script.receive(runAck(2));
    expect(eventsOf(ATTEMPT)).toEqual(["first", "second", "exception", "live"]);
  });

  test("are kept in the first attempt", async () => {
    const script = await play(handler);
    await script.receive(sleepDone(1));
    await script.receive(runAck(2));
    expect(eventsOf(ATTEMPT)).toEqual(["first", "second", "exception", "live"]);
  });

  test("are dropped without making another span of it", async () => {
    let seen: (Span & { readonly attributes?: unknown }) | undefined;
    await play(
      async (ctx) => {
        seen = trace.getActiveSpan();
        await ctx.sleep(1);
      },
      { known },
    );
    expect(seen?.spanContext()).toEqual(spans.span(ATTEMPT).spanContext());
    expect(seen?.isRecording()).toBe(false);
    // What an exporter's span has beside the interface.
    expect(seen?.attributes).toEqual(spans.span(ATTEMPT).attributes);
  });

  test("do not hide that a replaying attempt fails", async () => {
    const script = await play(async (ctx) => await ctx.run("one", () => 1), { known });
    expect(script.error).toMatchObject({ code: 570 });
    expect(spans.span(ATTEMPT).status).toMatchObject({ code: ERROR });
    expect(eventsOf(ATTEMPT)).toEqual(["exception"]);
  });
});

describe("the parent of an attempt", () => {
  const handler = async () => "done";

  test("is what the server sends with the attempt", async () => {
    await play(handler, {
      attemptHeaders: { traceparent: TRACEPARENT, tracestate: "rejoin=1,other=2" },
      headers: { traceparent: `00-${"1".repeat(32)}-${"2".repeat(16)}-01` },
    });
    expect(parentOf(ATTEMPT)).toMatchObject({ spanId: SPAN_ID, traceFlags: 1, isRemote: true });
    expect(spans.span(ATTEMPT).spanContext().traceId).toBe(TRACE_ID);
    expect(spans.span(ATTEMPT).spanContext().traceState?.serialize()).toBe("rejoin=1,other=2");
  });

  test("is what the invocation was called with, if the server sends nothing", async () => {
    await play(handler, { headers: { traceparent: TRACEPARENT } });
    expect(parentOf(ATTEMPT)).toMatchObject({ spanId: SPAN_ID });
  });

  test("decides whether anything is sampled", async () => {
    const script = await play(async (ctx) => await ctx.run("one", () => 1), {
      attemptHeaders: { traceparent: TRACEPARENT.replace(/01$/, "00") },
    });
    await script.receive(runAck(1));
    expect(script.result).toBe(1);
    expect(spans.names()).toEqual([]);
  });

  test("is the active span, if nobody says anything", async () => {
    const outer = spans.tracer.startSpan("outer");
    const within: HooksProvider = () => ({
      interceptor: {
        handler: (next) => context.with(trace.setSpan(context.active(), outer), next),
      },
    });
    await Script.play(handler, {
      options: { hooks: [within, openTelemetryHook({ tracer: spans.tracer })] },
    });
    expect(parentOf(ATTEMPT)?.spanId).toBe(outer.spanContext().spanId);
    outer.end();
  });

  test.each([
    ["nothing", ""],
    ["a text", "hello"],
    ["another version's end", `${TRACEPARENT}-more`],
    ["the version that cannot be", TRACEPARENT.replace(/^00/, "ff")],
    ["no trace", `00-${"0".repeat(32)}-${SPAN_ID}-01`],
    ["no span", `00-${TRACE_ID}-${"0".repeat(16)}-01`],
    ["capital letters", TRACEPARENT.toUpperCase()],
    ["a short trace", `00-${TRACE_ID.slice(1)}-${SPAN_ID}-01`],
    ["a long text", "0".repeat(100_000)],
  ])("is none that is malformed: %s", async (_, traceparent) => {
    const script = await play(handler, { attemptHeaders: { traceparent } });
    expect(script.result).toBe("done");
    expect(parentOf(ATTEMPT)).toBeUndefined();
  });

  test("may be of a later version", async () => {
    await play(handler, {
      attemptHeaders: { traceparent: `${TRACEPARENT.replace(/^00/, "01")}-more` },
    });
    expect(parentOf(ATTEMPT)).toMatchObject({ spanId: SPAN_ID });
  });
});

describe("options", () => {
  const handler = async (ctx: Context) => await ctx.run("one", () => 1);

  test("add attributes, but do not replace those of the hook", async () => {
    const script = await play(handler, {
      hook: {
        additionalAttemptAttributes: { team: "tests", "restate.invocation.target": "mine" },
        additionalRunAttributes: { team: "runs" },
      },
    });
    await script.receive(runAck(1));
    expect(spans.span(ATTEMPT).attributes).toMatchObject({
      team: "tests",
      "restate.invocation.target": "svc/run",
    });
    expect(spans.span("run (one)").attributes).toEqual({ team: "runs", "restate.run.name": "one" });
  });

  test("add attributes by what is known of the attempt and the run", async () => {
    const script = await play(handler, {
      hook: {
        additionalAttemptAttributes: ({ request }) => ({ service: request.target.service }),
        additionalRunAttributes: ({ request }, name) => ({ place: `${request.target} ${name}` }),
      },
    });
    await script.receive(runAck(1));
    expect(spans.span(ATTEMPT).attributes).toMatchObject({ service: "svc" });
    expect(spans.span("run (one)").attributes).toMatchObject({ place: "svc/run one" });
  });

  test("may give no attributes", async () => {
    await play(async () => "done", { hook: { additionalAttemptAttributes: () => undefined } });
    expect(spans.names()).toEqual([ATTEMPT]);
  });

  test("choose a tracer for each attempt", async () => {
    const other = recordSpans();
    const tracer = ({ request }: { request: Request }) =>
      request.target.service === "svc" ? other.tracer : spans.tracer;
    const script = await play(handler, { hook: { tracer } });
    await script.receive(runAck(1));
    expect(other.names()).toEqual(["run (one)", ATTEMPT]);
    expect(spans.names()).toEqual([]);
    await other.close();
  });

  test("that throw fail the attempt or the run, which say so", async () => {
    const fail = () => {
      throw new Error("no attributes today");
    };
    const attempt = await play(handler, { hook: { additionalAttemptAttributes: fail } });
    expect(attempt.error).toMatchObject({ message: "no attributes today" });
    expect(spans.names()).toEqual([]);
    const run = await play(handler, { hook: { additionalRunAttributes: fail } });
    expect(run.error).toMatchObject({
      message: "no attributes today",
      relatedCommandName: "one",
    });
    expect(spans.names()).toEqual([ATTEMPT]);
  });

  test("work without a context manager, in which case no span is active", async () => {
    disable();
    try {
      const script = await play(handler);
      await script.receive(runAck(1));
      expect(parentOf("run (one)")?.spanId).toBe(idOf(ATTEMPT));
    } finally {
      disable = enableActiveSpans();
    }
  });
});

describe("beside the package of the reference", () => {
  test("takes its place in programs, and has its place in services of its SDK", () => {
    const check = (options: referencePackage.OpenTelemetryHookOptions) => {
      const hook: reference.HooksProvider = openTelemetryHook(options);
      const theirs: HooksProvider = referencePackage.openTelemetryHook(options);
      return [hook, theirs];
    };
    expect(check).toBeTypeOf("function");
  });

  test("knows suspensions of its SDK", async () => {
    const suspended = new reference.RestateError("suspended", { errorCode: 599 });
    expect(reference.internal.isSuspendedError(suspended)).toBe(true);
    let request: Request | undefined;
    await play(async (ctx) => {
      request = ctx.request();
    });
    const provider = openTelemetryHook({ tracer: spans.tracer });
    const { interceptor } = provider({ request: request as Request });
    const ended = interceptor?.handler?.(() => Promise.reject(suspended));
    await expect(ended).rejects.toBe(suspended);
    expect(spans.finished().at(-1)?.status).toEqual({ code: UNSET });
  });

  test("its hook makes the same spans on this SDK, and hears of replays", async () => {
    const handler = async (ctx: Context) => {
      trace.getActiveSpan()?.addEvent("replayed");
      await ctx.sleep(1);
      trace.getActiveSpan()?.addEvent("live");
      await ctx.run("one", () => 1);
    };
    const known = [SLEEP_COMMAND, sleepDone(1)];
    const attemptHeaders = { traceparent: TRACEPARENT };
    const seen: unknown[] = [];
    for (const create of [openTelemetryHook, referencePackage.openTelemetryHook]) {
      const own = recordSpans();
      const hook = create({ tracer: own.tracer });
      const script = await playWith(hook, handler, { known, attemptHeaders });
      await script.receive(runAck(2));
      seen.push(
        own.finished().map((span) => ({
          name: span.name,
          attributes: span.attributes,
          status: span.status,
          events: span.events.map((event) => event.name),
          parent: span.name === ATTEMPT && span.parentSpanContext,
          traceId: span.spanContext().traceId,
        })),
      );
      await own.close();
    }
    expect(seen[0]).toEqual(seen[1]);
    expect(seen[0]).toMatchObject([
      { name: "run (one)", traceId: TRACE_ID },
      { name: ATTEMPT, events: ["live"], parent: { spanId: SPAN_ID } },
    ]);
  });
});
