/** Faults of the streams to endpoints, drawn from the seed: each attempt has at most one. */
import { Combinator, type EndpointMessage, type Future } from "@rejoin/protocol";
import type {
  InProcessAttempt,
  InProcessEndpoint,
  InProcessRequest,
  InProcessSink,
} from "@rejoin/sdk";
import type { StreamRates } from "./plan-model.ts";
import type { SeededRandom } from "./random.ts";
import type { Life } from "./scheduler.ts";
import type { SimContext } from "./sim-context.ts";

type Fault = keyof StreamRates;

const FAULTS: readonly Fault[] = ["refuse", "hang", "cut", "garbage", "error", "twice", "hold"];
/** Messages that pass before a fault. */
const PASS_MAX = 6;
const HOLD_MS_MAX = 3000;
const FUTURE = { completions: [], signals: [], namedSignals: [], nested: [] };
/** More than a server takes apart. */
const DEEP = 1100;

export interface FaultySurroundings {
  readonly context: SimContext;
  readonly random: SeededRandom;
  /** Of the server, whose stream it is. */
  readonly life: Life;
  /** The stream is heard no more: what its user code does has no effect. */
  readonly onDropped: () => void;
  /** Runs what a second endpoint is given as something that nobody hears. */
  readonly unheard: (run: () => void) => void;
}

/** Opens a stream that something may befall. */
export function openFaulty(
  around: FaultySurroundings,
  endpoint: InProcessEndpoint,
  request: InProcessRequest,
  sink: InProcessSink,
): InProcessAttempt {
  const fault = drawFault(around);
  if (fault === undefined) return endpoint.open(request, sink);
  around.context.stats.count(`stream: ${fault}`);
  around.context.trace.note("stream fault", fault);
  if (fault === "refuse") throw new Error("the endpoint cannot be reached, as planned");
  if (fault === "twice") return openTwice(around, endpoint, request, sink);
  if (fault === "hold") return endpoint.open(request, holding(around, sink));
  return new BrokenStream(around, fault, endpoint, request, sink);
}

function drawFault({ context, random }: FaultySurroundings): Fault | undefined {
  const { streams } = context.plan;
  const drawn = FAULTS.find((fault) => random.chance(streams[fault]));
  return context.faulty ? drawn : undefined;
}

/** Passes some messages, and then nothing, or what nobody wants to hear. */
class BrokenStream implements InProcessAttempt {
  private readonly around: FaultySurroundings;
  private readonly fault: Fault;
  private readonly sink: InProcessSink;
  private readonly inner: InProcessAttempt;
  private left: number;
  private broken = false;

  constructor(
    around: FaultySurroundings,
    fault: Fault,
    endpoint: InProcessEndpoint,
    request: InProcessRequest,
    sink: InProcessSink,
  ) {
    this.around = around;
    this.fault = fault;
    this.sink = sink;
    this.left = around.random.below(PASS_MAX);
    this.inner = endpoint.open(request, {
      send: (messages) => this.pass(messages),
      end: () => {
        if (!this.broken) sink.end();
      },
    });
  }

  receive(messages: Parameters<InProcessAttempt["receive"]>[0]): void {
    this.inner.receive(messages);
  }

  closeInput(): void {
    this.inner.closeInput();
  }

  abort(reason: Error): void {
    this.inner.abort(reason);
  }

  private pass(messages: readonly EndpointMessage[]): void {
    if (this.broken) return;
    const passed = messages.slice(0, this.left);
    this.left -= passed.length;
    if (passed.length > 0) this.sink.send(passed);
    if (passed.length < messages.length) this.break();
  }

  private break(): void {
    const { around, fault, sink } = this;
    this.broken = true;
    around.onDropped();
    if (fault === "hang") return;
    if (fault === "garbage") sink.send([garbage(around)]);
    if (fault === "error") sink.send([failure(around.random)]);
    sink.end();
  }
}

function failure(random: SeededRandom): EndpointMessage {
  const nextRetryDelayMs = random.chance(0.5) ? random.below(100) : undefined;
  return {
    kind: "error",
    code: random.pick([500, 570, 571]),
    message: "as planned: the endpoint fails",
    stacktrace: "",
    behavior: 0,
    ...(nextRetryDelayMs === undefined ? {} : { nextRetryDelayMs }),
  };
}

/** A message that a server must refuse; counted by kind. */
function garbage({ random, context }: FaultySurroundings): EndpointMessage {
  const kinds = context.plan.model.actions > 0 ? GARBAGE : GARBAGE.slice(1);
  const [name, message] = random.pick(kinds);
  context.stats.count(`garbage: ${name}`);
  return message();
}

const REQUEST = {
  name: "",
  parameter: new Uint8Array(0),
  headers: [],
  invocationIdCompletionId: 1_000_000,
  resultCompletionId: 1_000_001,
};

/** The first pauses the invocation: there must be someone to resume it. */
const GARBAGE: readonly (readonly [string, () => EndpointMessage])[] = [
  ["a suspension that is too deep", () => ({ kind: "suspension", awaitingOn: deepFuture() })],
  [
    "a suspension that awaits nothing",
    () => ({
      kind: "suspension",
      awaitingOn: { ...FUTURE, combinator: Combinator.firstCompleted },
    }),
  ],
  ["an end without a result", () => ({ kind: "end" })],
  ["an input", () => ({ kind: "input", name: "", headers: [], value: new Uint8Array(0) })],
  [
    "a call of nobody",
    () => ({ kind: "call", ...REQUEST, service: "nobody", handler: "nothing", key: "" }),
  ],
  [
    "an awakeable that is none",
    () => ({
      kind: "completeAwakeable",
      name: "",
      awakeableId: "sign_1nothing",
      result: { kind: "value", value: new Uint8Array(0) },
    }),
  ],
  [
    "a signal to nobody",
    () => ({
      kind: "sendSignal",
      name: "",
      targetInvocationId: "inv_1nothing",
      signalName: "x",
      result: { kind: "void" },
    }),
  ],
];

function deepFuture(): Future {
  let future: Future = { ...FUTURE, combinator: Combinator.firstCompleted, completions: [1] };
  for (let depth = 0; depth < DEEP; depth++) {
    future = { ...FUTURE, combinator: Combinator.firstCompleted, nested: [future] };
  }
  return future;
}

/** A second endpoint gets all that the first gets, and is not heard. */
function openTwice(
  around: FaultySurroundings,
  endpoint: InProcessEndpoint,
  request: InProcessRequest,
  sink: InProcessSink,
): InProcessAttempt {
  const heard = endpoint.open(request, sink);
  const deaf = endpoint.open(request, { send: () => undefined, end: () => undefined });
  return {
    receive(messages) {
      heard.receive(messages);
      around.unheard(() => deaf.receive(messages));
    },
    closeInput() {
      heard.closeInput();
      around.unheard(() => deaf.closeInput());
    },
    abort(reason) {
      heard.abort(reason);
      around.unheard(() => deaf.abort(reason));
    },
  };
}

/** What an attempt sends waits, from some message on, and then comes all at once. */
function holding(
  { context, random, life }: FaultySurroundings,
  sink: InProcessSink,
): InProcessSink {
  let left = random.below(PASS_MAX);
  const delayMs = random.below(HOLD_MS_MAX);
  let held: (() => void)[] | undefined;
  const pass = (deliver: () => void) => {
    if (held !== undefined) {
      held.push(deliver);
      return;
    }
    left -= 1;
    if (left >= 0) {
      deliver();
      return;
    }
    held = [deliver];
    context.scheduler.after(life, delayMs, "held", () => {
      // What is sent meanwhile comes after.
      for (let one = held?.shift(); one !== undefined; one = held?.shift()) one();
      held = undefined;
      left = Number.POSITIVE_INFINITY;
    });
  };
  return {
    send: (messages) => pass(() => sink.send(messages)),
    end: () => pass(() => sink.end()),
  };
}
