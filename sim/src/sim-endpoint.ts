/**
 * The services as one simulated server reaches them: in its own process, or behind a network that
 * delays messages, cuts batches in pieces, and delivers the end of a connection late.
 */
import type { EndpointMessage, ServerMessage } from "@rejoin/protocol";
import type {
  InProcessAttempt,
  InProcessEndpoint,
  InProcessRequest,
  InProcessSink,
} from "@rejoin/sdk";
import { describe, type SimAttempt } from "./checker/user-code-checker.ts";
import { messageText } from "./message-text.ts";
import type { SeededRandom } from "./random.ts";
import type { Life } from "./scheduler.ts";
import type { SimContext } from "./sim-context.ts";
import { type FaultySurroundings, openFaulty } from "./stream-faults.ts";

export interface SimEndpointOptions {
  readonly context: SimContext;
  readonly endpoint: InProcessEndpoint;
  readonly generation: number;
  /** The server's process. */
  readonly life: Life;
  /** The epochs of its partitions, now. */
  readonly epochs: readonly number[];
  readonly deploymentId: string;
}

/** The endpoint that is registered with a server. */
export function createSimEndpoint(options: SimEndpointOptions): InProcessEndpoint {
  const { context, life, generation, epochs, deploymentId } = options;
  const { plan } = context;
  const random = context.random.fork(`network of ${life.name} to ${deploymentId}`);
  let attempts = 0;
  return {
    manifest: options.endpoint.manifest,
    convert: (request) => options.endpoint.convert(request),
    open(request, sink) {
      attempts += 1;
      const attempt: SimAttempt = {
        order: attempts,
        generation,
        userLife: plan.placement === "embedded" ? life : context.world,
        openedAt: context.log.order,
        epochs: [...epochs],
        key: undefined,
        node: undefined,
        deploymentId,
        version: request.version,
        dropped: false,
        notifications: 0,
        bornIn: undefined,
      };
      context.stats.count(`attempt with protocol version ${request.version}`);
      const stream = { context, attempt, serverLife: life };
      const endpoint = faulty(options.endpoint, stream, random);
      if (plan.placement === "embedded") return openDirectly(stream, endpoint, request, sink);
      return openRemotely({ ...stream, random }, endpoint, request, sink);
    },
  };
}

/** The endpoint behind whatever may befall the stream. */
function faulty(
  endpoint: InProcessEndpoint,
  { context, attempt, serverLife }: Stream,
  random: SeededRandom,
): InProcessEndpoint {
  const around: FaultySurroundings = {
    context,
    random,
    life: serverLife,
    onDropped: () => {
      attempt.dropped = true;
    },
    unheard: (run) => {
      const outer = context.userCode.current;
      context.userCode.current = { ...attempt, dropped: true, deaf: true };
      run();
      context.userCode.current = outer;
    },
  };
  return {
    manifest: endpoint.manifest,
    convert: (request) => endpoint.convert(request),
    open: (request, sink) => openFaulty(around, endpoint, request, sink),
  };
}

interface Stream {
  readonly context: SimContext;
  readonly attempt: SimAttempt;
  readonly serverLife: Life;
}

function openDirectly(
  stream: Stream,
  endpoint: InProcessEndpoint,
  request: InProcessRequest,
  sink: InProcessSink,
): InProcessAttempt {
  const inner = endpoint.open(request, listen(stream, sink));
  return {
    receive(messages) {
      check(stream, messages);
      give(stream, inner, messages);
    },
    closeInput() {
      noteClosedInput(stream);
      inner.closeInput();
    },
    abort(reason) {
      stream.attempt.dropped = true;
      inner.abort(reason);
    },
  };
}

/** What is sent is checked when it leaves the server, however late it arrives. */
function check({ context, attempt }: Stream, messages: readonly ServerMessage[]): void {
  context.effects.delivered(attempt, messages);
  context.stats.count("message to an attempt", messages.length);
  context.trace.comment("to attempt", () => talk(attempt, messages));
}

function talk(attempt: SimAttempt, messages: readonly (ServerMessage | EndpointMessage)[]): string {
  return `${describe(attempt)}: ${messages.map(messageText).join(" ")}`;
}

/** Notes what an attempt says when it reaches the server. */
function listen({ context, attempt }: Stream, sink: InProcessSink): InProcessSink {
  return {
    send: (messages) => {
      context.trace.comment("of attempt", () => talk(attempt, messages));
      context.effects.received(attempt, messages);
      sink.send(messages);
    },
    end: () => {
      context.trace.comment("of attempt", () => `${describe(attempt)}: (end)`);
      context.effects.ended(attempt);
      sink.end();
    },
  };
}

function give(
  { context, attempt }: Stream,
  inner: InProcessAttempt,
  messages: readonly ServerMessage[],
): void {
  const outer = context.userCode.current;
  context.userCode.current = attempt;
  inner.receive(messages);
  context.userCode.current = outer;
}

function noteClosedInput({ context }: Stream): void {
  context.stats.count("attempt asked to suspend");
}

// ---- behind a network -----------------------------------------------------------------------------

interface RemoteStream extends Stream {
  readonly random: SeededRandom;
}

const LATENCY_MS_MAX = 4;
const ABORT_DELAY_MS_MAX = 300;

function openRemotely(
  stream: RemoteStream,
  endpoint: InProcessEndpoint,
  request: InProcessRequest,
  outer: InProcessSink,
): InProcessAttempt {
  const { context, serverLife, random, attempt } = stream;
  const sink = listen(stream, outer);
  const toServer = new Lane(stream, serverLife, "to server");
  const toEndpoint = new Lane(stream, context.world, "to endpoint");
  const inner = endpoint.open(request, {
    send: (messages) => {
      for (const piece of cut(messages, random)) toServer.send(() => sink.send(piece));
    },
    end: () => toServer.send(() => sink.end()),
  });
  return {
    receive(messages) {
      check(stream, messages);
      for (const piece of cut(messages, random)) {
        toEndpoint.send(() => give(stream, inner, piece));
      }
    },
    closeInput() {
      noteClosedInput(stream);
      toEndpoint.send(() => inner.closeInput());
    },
    abort(reason) {
      attempt.dropped = true;
      toServer.cut();
      const delayMs = random.chance(0.5) ? 0 : random.below(ABORT_DELAY_MS_MAX);
      if (delayMs > 0) context.stats.count("user code went on after its attempt was aborted");
      context.scheduler.after(context.world, delayMs, "abort", () => {
        toEndpoint.cut();
        inner.abort(reason);
      });
    },
  };
}

/** One direction of a stream: late, but in order. */
class Lane {
  private readonly stream: RemoteStream;
  private readonly life: Life;
  private readonly label: string;
  private waiting: (() => void)[] = [];
  private isCut = false;

  constructor(stream: RemoteStream, life: Life, label: string) {
    this.stream = stream;
    this.life = life;
    this.label = label;
  }

  send(delivery: () => void): void {
    if (this.isCut) return;
    this.waiting.push(delivery);
    const { random, context } = this.stream;
    const delayMs = random.chance(0.6) ? 0 : random.below(LATENCY_MS_MAX);
    context.scheduler.after(this.life, delayMs, this.label, () => this.waiting.shift()?.());
  }

  /** What is under way is lost. */
  cut(): void {
    this.isCut = true;
    this.waiting = [];
  }
}

/** In one piece, or in two. */
function cut<T extends ServerMessage | EndpointMessage>(
  messages: readonly T[],
  random: SeededRandom,
): readonly (readonly T[])[] {
  if (messages.length < 2 || random.chance(0.7)) return [messages];
  const at = random.between(1, messages.length - 1);
  return [messages.slice(0, at), messages.slice(at)];
}
