import { describe, expect, it } from "vitest";
import type { ServiceDefinition, WorkflowDefinition } from "../definitions.ts";
import { type ScriptedAnswer, type ScriptedFetch, scriptFetch } from "../testing/scripted-fetch.ts";
import { createIngress } from "./connect.ts";
import type { ConnectionOpts, Ingress } from "./ingress.ts";
import { rpc } from "./options.ts";
import type { RetryPolicy } from "./retry-policy.ts";

type Handlers = { greet(ctx: unknown, name: string): Promise<string> };
type WorkflowHandlers = { run(ctx: unknown, name: string): Promise<string> };
const greeter: ServiceDefinition<"greeter", Handlers> = { name: "greeter" };
const signup: WorkflowDefinition<"signup", WorkflowHandlers> = { name: "signup" };

const GOOD: ScriptedAnswer = { text: '"hi"' };
const BUSY: ScriptedAnswer = { status: 503, text: "busy" };
const ACCEPTED: ScriptedAnswer = {
  status: 202,
  text: '{"invocationId":"inv_1","status":"Accepted"}',
};
const failed = (status: number, headers = {}): ScriptedAnswer => ({ status, headers });

type Act = (ingress: Ingress) => PromiseLike<unknown>;
const greet: Act = (ingress) => ingress.serviceClient(greeter).greet("Ada");
const greetOnce: Act = (ingress) =>
  ingress.serviceClient(greeter).greet("Ada", rpc.opts({ idempotencyKey: "k" }));
const sendOnce: Act = (ingress) =>
  ingress.serviceSendClient(greeter).greet("Ada", rpc.sendOpts({ idempotencyKey: "k" }));
const submit: Act = (ingress) => ingress.workflowClient(signup, "w").workflowSubmit("Ada");
const attach: Act = (ingress) => ingress.workflowClient(signup, "w").workflowAttach();
const output: Act = (ingress) => ingress.workflowClient(signup, "w").workflowOutput();
const result: Act = (ingress) =>
  ingress.result({ invocationId: "inv_1", status: "Accepted", attachable: true });

interface Ran extends ScriptedFetch {
  readonly value?: unknown;
  readonly error?: Error & { readonly status?: number };
}

/** What has come of it, with the answers in their order; the last is repeated. */
async function run(
  act: Act,
  answers: readonly ScriptedAnswer[],
  retry?: ConnectionOpts["retry"],
  ports: Parameters<typeof scriptFetch>[1] = {},
): Promise<Ran> {
  const scripted = scriptFetch(answers, ports);
  const retrying = retry === undefined ? {} : { retry };
  const opts = { url: "http://ingress:8080", fetch: scripted.fetch, ...retrying };
  try {
    return { ...scripted, value: await act(createIngress(opts, scripted.ports)) };
  } catch (error) {
    return { ...scripted, error: error as Error };
  }
}

const attemptsOf = ({ asked }: Ran) =>
  asked.map(({ headers }) => headers["x-restateclient-retry-attempt"]);

describe("requests that are safe to repeat", () => {
  it.each<[string, Act, ScriptedAnswer, unknown]>([
    ["a call with an idempotency key", greetOnce, GOOD, "hi"],
    [
      "a send with an idempotency key",
      sendOnce,
      ACCEPTED,
      { invocationId: "inv_1", status: "Accepted", attachable: true },
    ],
    [
      "the submission of a workflow",
      submit,
      ACCEPTED,
      { invocationId: "inv_1", status: "Accepted", attachable: true },
    ],
    [
      "the submission of a workflow of a scope",
      (ingress) => submit({ ...ingress, workflowClient: ingress.scope("s").workflowClient }),
      ACCEPTED,
      { invocationId: "inv_1", status: "Accepted", attachable: true },
    ],
    ["to attach to a workflow", attach, GOOD, "hi"],
    ["the output of a workflow", output, GOOD, { ready: true, result: "hi" }],
    [
      "the output of a workflow of a scope",
      (ingress) => output({ ...ingress, workflowClient: ingress.scope("s").workflowClient }),
      GOOD,
      { ready: true, result: "hi" },
    ],
    ["the result of a send", result, GOOD, "hi"],
  ])("%s: only with a policy", async (_name, act, good, value) => {
    const without = await run(act, [BUSY, good]);
    expect(without.error).toMatchObject({ status: 503 });
    expect(attemptsOf(without)).toEqual(["1"]);
    const off = await run(act, [BUSY, good], false);
    expect(attemptsOf(off)).toEqual(["1"]);

    const retried = await run(act, [BUSY, BUSY, good], true);
    expect(retried.error).toBeUndefined();
    expect(retried.value).toEqual(value);
    expect(attemptsOf(retried)).toEqual(["1", "2", "3"]);
    expect(retried.slept).toEqual([250, 500]);
  });

  it.each<[string, Act]>([
    ["a call without an idempotency key", greet],
    ["a send without one", (ingress) => ingress.serviceSendClient(greeter).greet("Ada")],
    [
      "an empty idempotency key",
      (ingress) => ingress.serviceClient(greeter).greet("Ada", rpc.opts({ idempotencyKey: "" })),
    ],
    ["the completion of an awakeable", (ingress) => ingress.resolveAwakeable("sign_1", 1)],
    ["the rejection of an awakeable", (ingress) => ingress.rejectAwakeable("sign_1", "no")],
  ])("%s is none, whatever the policy", async (_name, act) => {
    const ran = await run(act, [BUSY, GOOD], { shouldRetry: () => true });
    expect(ran.error).toMatchObject({ name: "HttpCallError", status: 503 });
    expect(attemptsOf(ran)).toEqual(["1"]);
  });
});

describe("what is retried", () => {
  const reset = new TypeError("fetch failed", { cause: new Error("connection reset") });

  it.each<[string, ScriptedAnswer]>([
    ["408", failed(408)],
    ["425", failed(425)],
    ["429", failed(429)],
    ["500", failed(500)],
    ["500 of the ingress", failed(500, { "x-restate-error-source": "ingress" })],
    ["no answer", { error: reset }],
    ["an answer whose body breaks off", { brokenBody: reset }],
    ["an error whose body breaks off", { status: 400, brokenBody: reset }],
  ])("%s", async (_name, first) => {
    const ran = await run(greetOnce, [first, GOOD], true);
    expect(ran.value).toBe("hi");
    expect(ran.asked).toHaveLength(2);
    expect(ran.asked[1]).toMatchObject({ url: ran.asked[0]?.url, body: '"Ada"' });
  });

  it.each<[string, ScriptedAnswer, number]>([
    ["404", failed(404), 404],
    ["409", failed(409), 409],
    ["500 of the invocation", failed(500, { "x-restate-error-source": "invocation" }), 500],
  ])("not %s", async (_name, first, status) => {
    const ran = await run(greetOnce, [first, GOOD], true);
    expect(ran.error).toMatchObject({ status });
    expect(ran.asked).toHaveLength(1);
  });

  it("not the output of a workflow that is not ready", async () => {
    const ran = await run(output, [failed(470), GOOD], true);
    expect(ran.value).toMatchObject({ ready: false });
    expect(() => (ran.value as { result: unknown }).result).toThrow("signup/w has no result yet");
    expect(ran.asked).toHaveLength(1);
  });

  it("what a predicate says, of status, headers and body", async () => {
    const shouldRetry: RetryPolicy["shouldRetry"] = (failure) =>
      failure.kind === "response" &&
      failure.headers.get("x-why") === "load" &&
      failure.body === "later";
    const later = { status: 400, text: "later", headers: { "x-why": "load" } };
    expect((await run(greetOnce, [later, GOOD], { shouldRetry })).value).toBe("hi");
    const narrowed = await run(greetOnce, [{ ...later, text: "never" }, GOOD], { shouldRetry });
    expect(narrowed.error).toMatchObject({ status: 400 });
    const bare = await run(greetOnce, [failed(503), GOOD], {
      shouldRetry: (failure) => "body" in failure,
    });
    expect(bare.error).toMatchObject({ status: 503 });
  });

  it("a predicate sees the error as fetch gave it", async () => {
    const seen: unknown[] = [];
    const shouldRetry: RetryPolicy["shouldRetry"] = (failure, attempt) =>
      seen.push(failure.kind === "network" ? failure.error : undefined, attempt) > 0;
    await run(greetOnce, [{ error: reset }, GOOD], { shouldRetry });
    expect(seen).toEqual([reset, 0]);
  });
});

describe("how long it is retried", () => {
  it("up to the attempts allowed, and rejects with the last failure", async () => {
    const ran = await run(greetOnce, [BUSY, BUSY, failed(500), GOOD], { maxAttempts: 3 });
    expect(ran.error).toMatchObject({ status: 500 });
    expect(attemptsOf(ran)).toEqual(["1", "2", "3"]);
  });

  it("six attempts by default, with longer and longer waits", async () => {
    const ran = await run(greetOnce, [BUSY], true);
    expect(ran.asked).toHaveLength(6);
    expect(ran.slept).toEqual([250, 500, 1000, 2000, 3000]);
  });

  it("with waits that vary", async () => {
    expect((await run(greetOnce, [BUSY], true, { random: 0 })).slept[0]).toBe(200);
    expect((await run(greetOnce, [BUSY], true, { random: 0.75 })).slept[0]).toBe(275);
  });

  it("up to the time allowed, that of the attempts included", async () => {
    const slow = { ...BUSY, tookMs: 400 };
    const policy = { maxAttempts: false, maxDuration: 1000, initialInterval: 100 } as const;
    const ran = await run(greetOnce, [slow], policy);
    expect(ran.error).toMatchObject({ status: 503 });
    expect(ran.asked.map(({ atMs }) => atMs - 1_000_000)).toEqual([0, 500]);
  });

  it("no longer than it makes sense to wait", async () => {
    const ran = await run(greetOnce, [failed(503, { "retry-after": "60" }), GOOD], true);
    expect(ran.error).toMatchObject({ status: 503 });
    expect(ran.slept).toEqual([]);
  });

  it("without bounds for as long as it takes", async () => {
    const answers = [...Array.from({ length: 50 }, () => BUSY), GOOD];
    const ran = await run(greetOnce, answers, { maxAttempts: false, maxDuration: false });
    expect(ran.value).toBe("hi");
    expect(ran.asked).toHaveLength(51);
  });

  it("when the server says, or as usual if that is not wanted", async () => {
    const answers = [failed(429, { "retry-after": "7" }), GOOD];
    expect((await run(greetOnce, answers, true)).slept).toEqual([7000]);
    expect((await run(greetOnce, answers, { respectRetryAfter: false })).slept).toEqual([250]);
  });

  it("not beyond the attempts allowed, whatever the server says", async () => {
    const ran = await run(greetOnce, [failed(429, { "retry-after": "1" })], { maxAttempts: 2 });
    expect(ran.error).toMatchObject({ status: 429 });
    expect(ran.slept).toEqual([1000]);
  });
});

describe("aborting", () => {
  const greetUnder =
    (signal: AbortSignal): Act =>
    (ingress) =>
      ingress.serviceClient(greeter).greet("Ada", rpc.opts({ idempotencyKey: "k", signal }));

  it("ends the request with the reason, and there is no other attempt", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const meanwhile = () => controller.abort(reason);
    const ran = await run(greetUnder(controller.signal), [{ meanwhile, error: reason }], true);
    expect(ran.error).toBe(reason);
    expect(ran.asked).toHaveLength(1);
    expect(ran.asked[0]?.signal).toBe(controller.signal);
  });

  it("ends the wait for the next attempt", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const onSleep = () => controller.abort(reason);
    const ran = await run(greetUnder(controller.signal), [BUSY, GOOD], true, { onSleep });
    expect(ran.error).toBe(reason);
    expect(ran.asked).toHaveLength(1);
  });

  it("keeps the failure that was there before", async () => {
    const controller = new AbortController();
    const meanwhile = () => controller.abort();
    const ran = await run(greetUnder(controller.signal), [{ ...BUSY, meanwhile }, GOOD], true);
    expect(ran.error).toMatchObject({ status: 503 });
    expect(ran.asked).toHaveLength(1);
  });

  it("after a time counts for each attempt", async () => {
    const timedOut = new DOMException("timed out", "TimeoutError");
    const greetWithin: Act = (ingress) =>
      ingress.serviceClient(greeter).greet("Ada", rpc.opts({ idempotencyKey: "k", timeout: 50 }));
    const ran = await run(greetWithin, [{ error: timedOut }, GOOD], true);
    expect(ran.value).toBe("hi");
    const [first, second] = ran.asked.map(({ signal }) => signal);
    expect(first).toBeInstanceOf(AbortSignal);
    expect(second).toBeInstanceOf(AbortSignal);
    expect(second).not.toBe(first);

    const { error } = await run(greetWithin, [{ error: timedOut }], { maxAttempts: 2 });
    expect(error).toMatchObject({ name: "TimeoutError", cause: timedOut });
    expect(error?.message).toContain(
      "POST http://ingress:8080/greeter/greet has not been answered for 50 ms, after 2 attempts",
    );
  });

  it("takes a signal or a time, not both", async () => {
    const { signal } = new AbortController();
    const both: Act = (ingress) =>
      ingress.serviceClient(greeter).greet("Ada", rpc.opts({ timeout: 5, signal }));
    const ran = await run(both, [GOOD]);
    expect(ran.error?.message).toContain("timeout and signal exclude each other");
    expect(ran.asked).toEqual([]);
  });
});
