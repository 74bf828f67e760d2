import * as restate from "@restatedev/restate-sdk";

// Beside the imports, usage.ts and usage-reference.ts are the same: programs move by these alone.

type Order = { id: string; amount: number };
const bytes = new Uint8Array([1]);
// Projects with `exactOptionalPropertyTypes` need these assertions with one of the two.
const jsonOrder = restate.serde.json as restate.Serde<Order>;
const jsonText = restate.serde.json as restate.Serde<string>;
const schemaLess = new restate.serde.JsonSerde<Order>() as restate.Serde<Order>;

// ---- options -------------------------------------------------------------------------------------

const duration: restate.Duration = { days: 1, hours: 1, minutes: 1, seconds: 1, milliseconds: 1 };
const retryPolicy: restate.RetryPolicy = {
  maxAttempts: 3,
  initialInterval: 10,
  maxInterval: { seconds: 1 },
  exponentiationFactor: 2,
  onMaxAttempts: "pause",
};
const hooks: restate.HooksProvider = ({ request }) => ({
  interceptor: {
    handler: async (next) => await next(),
    run: async (name, next) => {
      if (`${request.target} ${name}` !== "") await next();
    },
  },
});
const interceptor: restate.Interceptor = { handler: (next) => next() };
const someHooks: restate.Hooks = { interceptor };
const serviceOptions: restate.ServiceOptions = {
  idempotencyRetention: duration,
  journalRetention: 1000,
  inactivityTimeout: 1000,
  abortTimeout: { minutes: 1 },
  ingressPrivate: false,
  retryPolicy,
  asTerminalError: (error) =>
    error instanceof RangeError ? new restate.TerminalError("range") : undefined,
  hooks: [hooks],
  explicitCancellation: false,
  serde: jsonOrder,
};
const objectOptions: restate.ObjectOptions = { ...serviceOptions, enableLazyState: true };
const workflowOptions: restate.WorkflowOptions = { ...objectOptions, workflowRetention: duration };
const defaults: restate.DefaultServiceOptions = { ...serviceOptions, enableLazyState: false };
const handlerOpts: restate.ServiceHandlerOpts<Order, void> = {
  accept: "*/*",
  input: jsonOrder,
  output: restate.serde.empty,
  setOutputContentTypeIfEmpty: true,
  description: "takes an order",
  metadata: { owner: "orders" },
  journalRetention: 1,
};
const objectHandlerOpts: restate.ObjectHandlerOpts<Order, Order> = { enableLazyState: true };
const workflowHandlerOpts: restate.WorkflowHandlerOpts<Order, string> = { enableLazyState: true };

// ---- definitions ---------------------------------------------------------------------------------

const orders = restate.service({
  name: "orders",
  description: "all of them",
  metadata: { team: "a" },
  options: serviceOptions,
  handlers: {
    take: restate.handlers.handler(handlerOpts, async (_ctx: restate.Context, order: Order) => {
      if (order.amount < 0) throw new restate.TerminalError("no", { errorCode: 400 });
    }),
    ping: async (_ctx: restate.Context): Promise<string> => "pong",
    double: restate.createServiceHandler({}, async (_ctx: restate.Context, n: number) => n * 2),
    raw: restate.handlers.handler(
      { input: restate.serde.binary, output: restate.serde.binary },
      async (_ctx: restate.Context, body: Uint8Array): Promise<Uint8Array> => body,
    ),
  },
});

type State = { count: number; last: string };

const counter = restate.object({
  name: "counter",
  options: objectOptions,
  handlers: {
    add: async (ctx: restate.ObjectContext<State>, by: number): Promise<number> => {
      const count: number | null = await ctx.get("count");
      ctx.set("last", ctx.key);
      ctx.set("count", (count ?? 0) + by);
      return (count ?? 0) + by;
    },
    untyped: async (ctx: restate.ObjectContext): Promise<string[]> => {
      const one: Order | null = await ctx.get<Order>("one", jsonOrder);
      ctx.set("two", one, jsonOrder);
      ctx.clear("three");
      if (one === null) ctx.clearAll();
      return await ctx.stateKeys();
    },
    peek: restate.handlers.object.shared(
      async (ctx: restate.ObjectSharedContext<State>) => await ctx.get("count"),
    ),
    exclusive: restate.createObjectHandler(
      objectHandlerOpts,
      async (_ctx: restate.ObjectContext, order: Order): Promise<Order> => order,
    ),
    shared: restate.createObjectSharedHandler(async (_ctx: restate.ObjectSharedContext) => "s"),
    also: restate.handlers.object.exclusive(async (ctx: restate.ObjectContext) => ctx.key),
  },
});

const signup = restate.workflow({
  name: "signup",
  options: workflowOptions,
  handlers: {
    run: restate.handlers.workflow.workflow(
      workflowHandlerOpts,
      async (ctx: restate.WorkflowContext, order: Order): Promise<string> => {
        const link: restate.DurablePromise<string> = ctx.promise("link");
        const peeked: string | undefined = await link.peek();
        const clicked: string = await link;
        const again: string = await link.get().orTimeout(1000);
        return [order.id, peeked, clicked, again].join();
      },
    ),
    click: async (ctx: restate.WorkflowSharedContext, secret: string): Promise<void> => {
      await ctx.promise<string>("link", jsonText).resolve(secret);
    },
    refuse: restate.handlers.workflow.shared(async (ctx: restate.WorkflowSharedContext) => {
      const link: restate.DurablePromise<string> = ctx.promise("link");
      const known: string | undefined = await link.peek();
      if (known === undefined) await link.reject("no");
    }),
    status: restate.createWorkflowSharedHandler(async (ctx: restate.WorkflowSharedContext) =>
      ctx.get<string>("status"),
    ),
  },
});

const contract = restate.iface.service("contract", {
  echo: restate.iface.json<Order, Order>(),
  raw: restate.iface.serdes({ input: restate.serde.binary, output: restate.serde.binary }),
});
const keyedContract = restate.iface.object("keyed", {
  write: restate.iface.json<number, void>(),
  read: restate.iface.shared.json<void, number>(),
});
const flowContract = restate.iface.workflow("flow", { run: restate.iface.json<Order, string>() });

const implemented = restate.implement(contract, {
  handlers: {
    echo: async (_ctx: restate.Context, order: Order) => order,
    raw: async (_ctx: restate.Context, body: Uint8Array) => body,
  },
  options: { ingressPrivate: true, handlers: { echo: { journalRetention: 1 } } },
});
const keyedImplemented = restate.implement(keyedContract, {
  handlers: {
    write: async (ctx: restate.ObjectContext, value: number) => ctx.set("value", value),
    read: async (ctx: restate.ObjectSharedContext) => (await ctx.get<number>("value")) ?? 0,
  },
});
const flowImplemented = restate.implement(flowContract, {
  handlers: { run: async (_ctx: restate.WorkflowContext, order: Order) => order.id },
});

type Orders = typeof orders;
type Counter = typeof counter;
type Signup = typeof signup;
const ordersByName: Orders = { name: "orders" } as Orders;
const from: restate.ServiceDefinitionFrom<Orders> = orders;
const objectFrom: restate.VirtualObjectDefinitionFrom<Counter> = counter;
const workflowFrom: restate.WorkflowDefinitionFrom<Signup> = signup;
type Handlers = [restate.Service<Orders>, restate.VirtualObject<Counter>, restate.Workflow<Signup>];
const input: restate.InferInput<(typeof contract)["_handlers"]["echo"]> = { id: "1", amount: 1 };
const output: restate.InferOutput<(typeof keyedContract)["_handlers"]["read"]> = 1;
const fn: restate.FnOf<restate.Context, number, string> = async (_ctx, n) => `${n}`;
const functions: restate.ServiceImplHandlers<(typeof contract)["_handlers"]> = {
  echo: async (_ctx, order) => order,
  raw: async (_ctx, body) => body,
};
const perHandler: restate.ServicePerHandlerOpts = { ingressPrivate: true };
const perObject: restate.ObjectPerHandlerOpts = { enableLazyState: true };
const perWorkflow: restate.WorkflowPerHandlerOpts = { enableLazyState: true };
const objectFunctions: restate.ObjectImplHandlers<(typeof keyedContract)["_handlers"]> = {
  write: async (ctx, value) => ctx.set("value", value),
  read: async (ctx) => (await ctx.get<number>("value")) ?? 0,
};
const flowFunctions: restate.WorkflowImplHandlers<(typeof flowContract)["_handlers"]> = {
  run: async (ctx, order) => `${ctx.key} ${order.id}`,
};
const descriptors: readonly restate.Descriptor[] = [contract, keyedContract, flowContract];

// ---- the context ---------------------------------------------------------------------------------

async function useRuns(ctx: restate.Context): Promise<unknown[]> {
  const action: restate.RunAction<number> = () => 1;
  const options: restate.RunOptions<Order> = {
    serde: jsonOrder,
    maxRetryAttempts: 1,
    maxRetryDuration: { seconds: 1 },
    initialRetryInterval: 1,
    maxRetryInterval: 1,
    retryIntervalFactor: 2,
  };
  const one: number = await ctx.run(action);
  const two: string = await ctx.run("two", async () => "two");
  const three: Order = await ctx.run("three", () => ({ id: "3", amount: one }), options);
  await ctx.sleep(1);
  await ctx.sleep(duration, "named");
  const now: number = await ctx.date.now();
  const text: string = await ctx.date.toJSON();
  ctx.console.log(now, text, ctx.rand.random(), ctx.rand.uuidv4());
  return [one, two, three];
}

async function useCalls(ctx: restate.Context): Promise<unknown[]> {
  const client = ctx.serviceClient(orders);
  const call: restate.InvocationPromise<number> = client.double(2);
  const id: restate.InvocationId = await call.invocationId;
  const pong: string = await client.ping();
  const withOpts: number = await client.double(1, restate.rpc.opts({ idempotencyKey: "k" }));
  await ctx.serviceClient(ordersByName).take(input, restate.Opts.from({ headers: { a: "b" } }));
  const added: number = await ctx.objectClient<Counter>({ name: "counter" }, "k").add(1);
  const seen: number | null = await ctx.objectClient(counter, "k").peek();
  const ran: string = await ctx.workflowClient(signup, "w").run(input);
  const echoed: Order = await ctx.client(contract).echo(input);
  await ctx.client(keyedContract, "k").write(1);
  return [id, pong, withOpts, added, seen, ran, echoed];
}

async function useSends(ctx: restate.Context): Promise<unknown[]> {
  const handle: restate.InvocationHandle = ctx.serviceSendClient(orders).double(2);
  const id: restate.InvocationId = await handle.invocationId;
  ctx.objectSendClient(counter, "k").add(1, restate.rpc.sendOpts({ delay: { seconds: 1 } }));
  ctx.workflowSendClient(signup, "w").run(input, restate.SendOpts.from({ delay: 1 }));
  ctx.sendClient(contract).echo(input);
  ctx.sendClient(keyedContract, "k").write(1);
  const call: restate.GenericCall<Order, Order> = {
    service: "orders",
    method: "take",
    parameter: input,
    key: "k",
    headers: { a: "b" },
    inputSerde: jsonOrder,
    outputSerde: schemaLess,
    idempotencyKey: "k",
  };
  const send: restate.GenericSend<Uint8Array> = { service: "s", method: "m", parameter: bytes };
  const order: Order = await ctx.genericCall(call);
  const raw: Uint8Array = await ctx.genericCall({ service: "s", method: "m", parameter: bytes });
  ctx.genericSend({ ...send, delay: 1 });
  const scoped: restate.ScopedContext = ctx.scope("tenant");
  const doubled: number = await scoped.serviceClient(orders).double(1);
  return [id, order, raw, doubled];
}

async function useSignals(ctx: restate.Context): Promise<unknown[]> {
  const { id, promise } = ctx.awakeable<Order>(jsonOrder);
  ctx.resolveAwakeable(id, input);
  ctx.resolveAwakeable(id);
  ctx.rejectAwakeable(id, "no");
  const order: Order = await promise;
  const named: string = await ctx.signal<string>("name", jsonText);
  const other = restate.InvocationIdParser.fromString("inv_1");
  const reference: restate.InvocationReference = ctx.invocation(other);
  const signal: restate.SignalReference<string> = reference.signal<string>("name");
  signal.resolve("value");
  signal.reject("no");
  reference.cancel();
  const attached: Order = await reference.attach<Order>();
  ctx.cancel(other);
  const also: number = await ctx.attach<number>(other);
  return [order, named, attached, also];
}

function useRequest(ctx: restate.Context): unknown[] {
  const request: restate.Request = ctx.request();
  const target: restate.Target = request.target;
  const { attemptCompletedSignal, body, extraArgs, headers, attemptHeaders } = request;
  const header: string | undefined = headers.get("x");
  const attempt: string | string[] | undefined = attemptHeaders.get("traceparent");
  const aborted: boolean = attemptCompletedSignal.aborted;
  return [target.service, target.handler, target.key, header, attempt, aborted, body, extraArgs];
}

async function useCombinators(ctx: restate.Context): Promise<unknown[]> {
  const { RestatePromise } = restate;
  const number: restate.RestatePromise<number> = ctx.run(() => 1);
  const text = ctx.run("text", () => "t");
  const all: [number, string] = await RestatePromise.all([number, text]);
  const raced: number | string = await RestatePromise.race([number, text]);
  const any: number | string = await RestatePromise.any([number, text]);
  const [first, second] = await RestatePromise.allSettled([number, text]);
  const settled: PromiseSettledResult<number> = first;
  const other: PromiseSettledResult<string> = second;
  const constant: number = await RestatePromise.resolve(1);
  const rejected: restate.RestatePromise<never> = RestatePromise.reject(
    new restate.TerminalError("no"),
  );
  const mapped: string = await number.map((value, failure) => `${value} ${failure?.message}`);
  const timely: number = await number.orTimeout({ seconds: 1 });
  const isOne: boolean = restate.isRestatePromise(rejected);
  const nested = await RestatePromise.all([RestatePromise.race([number, text]), ctx.sleep(1)]);
  const combined: [number] = await restate.CombineablePromise.all([number]);
  return [all, raced, any, settled, other, constant, mapped, timely, isOne, nested, combined];
}

async function useInternals(ctx: restate.Context): Promise<unknown[]> {
  const internal = ctx as restate.internal.ContextInternal;
  const ids: restate.InvocationId[] = await internal.cancelPreviousCalls();
  await internal.cancellation();
  return [ids, internal.isProcessing(), restate.internal.isSuspendedError(new Error("no"))];
}

function useErrors(error: unknown): unknown[] {
  const retryable: restate.RetryableErrorOptions = { retryAfter: { seconds: 1 } };
  if (error instanceof restate.CancelledError) return [error.code];
  if (error instanceof restate.TimeoutError) return [error.message];
  if (error instanceof restate.RestateError) return [error.code, error.cause];
  return [
    new restate.TerminalError("t", { errorCode: 400, metadata: { a: "b" } }).metadata,
    new restate.RetryableError("r", { ...retryable, errorCode: 503, cause: error }),
    restate.RetryableError.from(error, retryable),
    new restate.PauseError("p"),
  ];
}

// ---- endpoints -----------------------------------------------------------------------------------

const logger: restate.LoggerTransport = (params, message, ...rest) => {
  const context: restate.LoggerContext | undefined = params.context;
  if (params.source === restate.LogSource.USER) return;
  if (params.level === restate.RestateLogLevel.ERROR && !params.replaying) {
    throw new Error([context?.invocationId, message, ...rest].join(" "));
  }
};
const codec: restate.JournalValueCodec = {
  encode: (given) => given,
  decode: async (given) => given,
};
const endpointOptions: restate.EndpointOptions = {
  services: [orders, counter, signup, implemented, keyedImplemented, flowImplemented],
  identityKeys: [],
  defaultServiceOptions: defaults,
  logger,
  journalValueCodecProvider: async () => codec,
};
const nodeOptions: restate.NodeEndpointOptions = { ...endpointOptions, bidirectional: true };
const serveOptions: restate.ServeOptions = { ...endpointOptions, port: 0 };

/** Uses what has no effect without a server; gives how many things that were. */
export function useSdk(): number {
  const handler = restate.createEndpointHandler(nodeOptions);
  const builder: restate.RestateEndpoint = restate
    .endpoint()
    .bind(orders)
    .defaultServiceOptions(defaults)
    .setLogger(logger);
  const used = [handler, builder, serveOptions, restate.serve, someHooks, from, objectFrom];
  const types: readonly [Handlers?] = [];
  return [
    ...used,
    ...[workflowFrom, types, output, fn, functions, perHandler, perObject, perWorkflow],
    ...[objectFunctions, flowFunctions, descriptors, useRuns, useCalls, useSends, useSignals],
    ...[useRequest, useCombinators, useInternals, useErrors],
  ].length;
}
