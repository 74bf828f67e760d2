import * as restate from "@restatedev/restate-sdk";
import * as clients from "@restatedev/restate-sdk-clients";

import { expectTypeOf } from "vitest";

// Beside the imports, usage.ts and usage-reference.ts are the same: programs move by these alone.

const greeter = restate.service({
  name: "greeter",
  handlers: {
    greet: async (_ctx: restate.Context, name: string): Promise<string> => `hello ${name}`,
    ping: async (_ctx: restate.Context): Promise<void> => undefined,
    double: restate.handlers.handler(
      { input: restate.serde.binary, output: restate.serde.binary },
      async (_ctx: restate.Context, bytes: Uint8Array): Promise<Uint8Array> => bytes,
    ),
  },
});
const counter = restate.object({
  name: "counter",
  handlers: {
    add: async (_ctx: restate.ObjectContext, amount: number): Promise<number> => amount,
    get: restate.handlers.object.shared(
      async (_ctx: restate.ObjectSharedContext): Promise<number> => 0,
    ),
  },
});
const signup = restate.workflow({
  name: "signup",
  handlers: {
    run: async (_ctx: restate.WorkflowContext, email: string): Promise<{ ok: boolean }> => ({
      ok: email !== "",
    }),
    click: async (_ctx: restate.WorkflowSharedContext, secret: string): Promise<void> => {
      if (secret === "") throw new restate.TerminalError("no secret");
    },
  },
});
type Greeter = typeof greeter;
type Counter = typeof counter;
type Signup = typeof signup;
type GreeterHandlers = {
  greet(ctx: restate.Context, name: string): Promise<string>;
};

const contract = restate.iface.service("contract", {
  greet: restate.iface.json<{ name: string }, string>(),
  ping: restate.iface.json<void, string>(),
});
const keyedContract = restate.iface.object("keyed", {
  add: restate.iface.serdes({ input: restate.serde.binary, output: restate.serde.binary }),
});

const json = clients.serde.json as clients.Serde<string>;
const upperCase: clients.Serde<string> = {
  contentType: "text/upper",
  serialize: (value) => new TextEncoder().encode(value.toUpperCase()),
  deserialize: (bytes) => new TextDecoder().decode(bytes).toLowerCase(),
};
const reversing: clients.JournalValueCodec = {
  encode: (bytes) => bytes.slice().reverse(),
  decode: async (bytes) => bytes.slice().reverse(),
};

/** Whatever can be said with the client, said once. */
export async function useClient(url: string, fetch: typeof globalThis.fetch): Promise<unknown[]> {
  const options: clients.ConnectionOpts = { url, fetch, headers: { "x-token": "t" } };
  const ingress: clients.Ingress = clients.connect(options);
  return [
    ...(await callHandlers(ingress)),
    ...(await sendToHandlers(ingress)),
    ...(await driveWorkflows(ingress)),
    ...(await callByContract(ingress)),
    ...(await callByName(ingress)),
    ...(await completeAwakeables(ingress)),
    ...(await callInScope(ingress)),
    ...(await callWithSerdes(options)),
  ];
}

async function callHandlers(ingress: clients.Ingress) {
  const greeting = await ingress.serviceClient(greeter).greet("Ada");
  expectTypeOf(greeting).toEqualTypeOf<string>();
  const opts: clients.Opts<string, string> = clients.rpc.opts({ idempotencyKey: "k" });
  const again = await ingress.serviceClient<Greeter>({ name: "greeter" }).greet("Ada", opts);
  const plain = ingress.serviceClient<GreeterHandlers>({ name: "greeter" });
  expectTypeOf(plain).toEqualTypeOf<clients.IngressClient<GreeterHandlers>>();
  const headers = { "x-own": "1", "x-token": "own" };
  const third = await plain.greet("Ada", clients.Opts.from({ headers, timeout: 60_000 }));
  const { signal } = new AbortController();
  const bytes = await ingress
    .serviceClient(greeter)
    .double(new Uint8Array([34, 97, 34]), new clients.Opts({ signal }));
  expectTypeOf(bytes).toEqualTypeOf<Uint8Array>();
  const sum = await ingress.objectClient(counter, "a/b c").add(5);
  expectTypeOf(sum).toEqualTypeOf<number>();
  const typed = ingress.objectClient<Counter>({ name: "counter" }, "c");
  expectTypeOf<Parameters<typeof typed.get>>().toEqualTypeOf<
    [opts?: clients.Opts<unknown, number>]
  >();
  return [greeting, again, third, bytes, sum, await typed.add(1)];
}

async function sendToHandlers(ingress: clients.Ingress) {
  const sent = await ingress.serviceSendClient(greeter).greet("Ada");
  expectTypeOf(sent).toEqualTypeOf<clients.Send<string>>();
  expectTypeOf(sent.status).toEqualTypeOf<"Accepted" | "PreviouslyAccepted">();
  const later: clients.SendOpts<number> = clients.rpc.sendOpts({
    delay: { seconds: 1, milliseconds: 5 },
    idempotencyKey: "k",
  });
  const duration: clients.Duration | undefined = { minutes: 1 };
  const second = await ingress.objectSendClient(counter, "c").add(1, later);
  const third = await ingress
    .objectSendClient<Counter>({ name: "counter" }, "c")
    .add(1, clients.SendOpts.from({ delay: duration, limitKey: "a/b" }));
  const result = await ingress.result(second);
  expectTypeOf(result).toEqualTypeOf<number>();
  const delays = [later.delay(), new clients.SendOpts({}).delay(), later.opts.idempotencyKey];
  return [sent, second, third, result, ...delays];
}

async function driveWorkflows(ingress: clients.Ingress) {
  const workflow = ingress.workflowClient(signup, "w 1");
  expectTypeOf(workflow).not.toHaveProperty("run");
  const submission = await workflow.workflowSubmit("a@b.c", clients.rpc.sendOpts({ delay: 10 }));
  expectTypeOf(submission).toEqualTypeOf<clients.WorkflowSubmission<{ ok: boolean }>>();
  const attached = await workflow.workflowAttach();
  expectTypeOf(attached).toEqualTypeOf<{ ok: boolean }>();
  const output = await ingress.workflowClient<Signup>({ name: "signup" }, "w").workflowOutput();
  expectTypeOf(output).toEqualTypeOf<clients.Output<{ ok: boolean }>>();
  await workflow.click("secret");
  return [submission, attached, output, await ingress.result(submission)];
}

async function callByContract(ingress: clients.Ingress) {
  const greeting = await ingress.client(contract).greet({ name: "Ada" });
  expectTypeOf(greeting).toEqualTypeOf<string>();
  expectTypeOf(ingress.client(contract).ping)
    .parameter(0)
    .toEqualTypeOf<clients.Opts<void, string> | undefined>();
  const bytes = await ingress.client(keyedContract, "k").add(new Uint8Array([49]));
  const sent = await ingress.sendClient(contract).greet({ name: "Ada" });
  expectTypeOf(sent).toEqualTypeOf<clients.Send<string>>();
  const second = await ingress
    .sendClient(keyedContract, "k")
    .add(new Uint8Array([49]), clients.rpc.sendOpts({ idempotencyKey: "k" }));
  return [greeting, bytes, sent, second];
}

async function callByName(ingress: clients.Ingress) {
  const value = await ingress.call<{ a: number }, string>({
    service: "greeter",
    handler: "greet",
    parameter: { a: 1 },
  });
  expectTypeOf(value).toEqualTypeOf<string>();
  const bytes = await ingress.call({
    service: "counter",
    handler: "add",
    key: "c",
    parameter: new Uint8Array([49]),
    opts: clients.Opts.from({ input: clients.serde.binary, output: clients.serde.binary }),
  });
  expectTypeOf(bytes).toEqualTypeOf<Uint8Array>();
  const sent = await ingress.send({
    service: "counter",
    handler: "add",
    key: "c",
    scope: "s",
    parameter: 1,
    opts: clients.SendOpts.from({
      input: new clients.serde.JsonSerde<number>() as clients.Serde<number>,
      delay: 5,
    }),
  });
  expectTypeOf(sent).toEqualTypeOf<clients.Send>();
  return [value, bytes, sent];
}

async function completeAwakeables(ingress: clients.Ingress) {
  await ingress.resolveAwakeable("sign_1abc", { paid: true });
  await ingress.resolveAwakeable("sign_1abc", "yes", upperCase);
  await ingress.rejectAwakeable("sign_1abc", "too late");
  return [];
}

async function callInScope(ingress: clients.Ingress) {
  const scoped: clients.ScopedIngress = ingress.scope("tenant-1");
  const limited = clients.rpc.opts<string, string>({ limitKey: "a/b" });
  return [
    await scoped.serviceClient(greeter).greet("Ada", limited),
    await scoped.serviceSendClient(greeter).greet("Ada"),
    await scoped.objectClient(counter, "c/1").add(1),
    await scoped.objectSendClient(counter, "c/1").add(1, clients.rpc.sendOpts({ delay: 7 })),
    await scoped.workflowClient(signup, "w").workflowSubmit("a@b.c"),
    await scoped.workflowClient(signup, "w").click("secret"),
    await scoped.client(contract).greet({ name: "Ada" }),
    await scoped.sendClient(keyedContract, "k").add(new Uint8Array([49])),
  ];
}

async function callWithSerdes(options: clients.ConnectionOpts) {
  const { url } = options;
  const shouldRetry = (failure: clients.RetryFailure, attempt: number) =>
    clients.defaultShouldRetry(failure) && attempt < 3;
  const retry: clients.RetryPolicy = {
    maxAttempts: false,
    maxDuration: { seconds: 1 },
    initialInterval: 1,
    maxInterval: { milliseconds: 2 },
    exponentiationFactor: 1,
    respectRetryAfter: false,
    shouldRetry,
  };
  const ingress = clients.connect({ ...options, url, serde: upperCase, retry });
  const coded = clients.connect({ ...options, journalValueCodec: reversing, retry: true });
  const ownSerde = clients.rpc.opts({ input: json, output: json });
  const submission = await ingress.workflowClient(signup, "w").workflowSubmit("abc");
  await ingress.resolveAwakeable("sign_1abc", "abc");
  return [
    await ingress.serviceClient(greeter).greet("Ada"),
    await ingress.serviceClient(greeter).greet("Ada", ownSerde),
    await ingress.workflowClient(signup, "w").workflowAttach(),
    await ingress
      .workflowClient(signup, "w")
      .workflowOutput(clients.rpc.opts({ output: upperCase as never })),
    await ingress.result(submission),
    await ingress.result(submission, json as never),
    await coded.serviceClient(greeter).greet("a"),
    await coded.resolveAwakeable("sign_1abc", "yes"),
  ];
}

/** A failure as a program looks at it. */
export async function failureOf(url: string, fetch: typeof globalThis.fetch): Promise<unknown[]> {
  const ingress = clients.connect({ url, fetch });
  const [settled] = await Promise.allSettled([ingress.serviceClient(greeter).greet("Ada")]);
  if (settled.status === "fulfilled" || !(settled.reason instanceof clients.HttpCallError))
    return [];
  const { status, responseText, message } = settled.reason;
  expectTypeOf(status).toEqualTypeOf<number>();
  const own = new clients.HttpCallError(418, "text", "message");
  return [status, responseText, message, own.status, own.responseText, own.message];
}

// Types by themselves.
export type Named = {
  service: clients.ServiceDefinition<"greeter", GreeterHandlers>;
  serviceHandlers: clients.Service<Greeter>;
  serviceFrom: clients.ServiceDefinitionFrom<GreeterHandlers>;
  object: clients.VirtualObjectDefinition<"counter", GreeterHandlers>;
  objectHandlers: clients.VirtualObject<Counter>;
  objectFrom: clients.VirtualObjectDefinitionFrom<Counter>;
  workflow: clients.WorkflowDefinition<"signup", GreeterHandlers>;
  workflowHandlers: clients.Workflow<Signup>;
  workflowFrom: clients.WorkflowDefinitionFrom<Signup>;
  client: clients.IngressClient<clients.Service<Greeter>>;
  sendClient: clients.IngressSendClient<clients.Service<Greeter>>;
  workflowClient: clients.IngressWorkflowClient<clients.Workflow<Signup>>;
  fromDescriptors: clients.IngressClientFromDescriptors<(typeof contract)["_handlers"]>;
  sendFromDescriptors: clients.IngressSendClientFromDescriptors<(typeof contract)["_handlers"]>;
  argument: clients.InferArgType<[name: string]>;
  callOptions: clients.IngressCallOptions<string, string>;
  sendOptions: clients.IngressSendOptions<string>;
};
expectTypeOf<Named["argument"]>().toEqualTypeOf<string>();
expectTypeOf<Named["client"]["greet"]>().returns.resolves.toEqualTypeOf<string>();
expectTypeOf<Named["sendClient"]["greet"]>().returns.resolves.toEqualTypeOf<clients.Send<string>>();
expectTypeOf<Parameters<Named["workflowClient"]["click"]>[0]>().toEqualTypeOf<string>();
expectTypeOf<Named["service"]["name"]>().toEqualTypeOf<"greeter">();
