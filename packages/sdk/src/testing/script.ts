/** Plays the server by hand: scripted messages in, what the endpoint sends out. */
import type {
  EndpointMessage,
  ErrorMessage,
  ProtocolVersion,
  ServerMessage,
  StartMessage,
} from "@rejoin/protocol";
import type { AttemptPorts } from "../attempt/ports.ts";
import {
  type AnyDefinition,
  type Context,
  createInProcessEndpoint,
  type EndpointOptions,
  handlers,
  type InProcessAttempt,
  object,
  type ServiceOptions,
  service,
  workflow,
} from "../index.ts";
import { inputMessage, readable, startMessage } from "./messages.ts";

/** What the handler is: of a service, of an object, or the `run` of a workflow. */
export type ScriptKind = "service" | "exclusive" | "shared" | "workflow";

export interface Wire {
  toAttempt(message: ServerMessage): ServerMessage;
  toServer(message: EndpointMessage): EndpointMessage;
}

export interface ScriptOptions {
  readonly kind?: ScriptKind;
  readonly version?: ProtocolVersion;
  readonly input?: unknown;
  /** Entries after the input that are known from the start. */
  readonly known?: readonly ServerMessage[];
  readonly start?: Partial<StartMessage>;
  /** Of the attempt, by their names in lower case. */
  readonly attemptHeaders?: Readonly<Record<string, string>>;
  /** Of the request that began the invocation. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly ports?: Partial<AttemptPorts>;
  readonly options?: ServiceOptions;
  readonly endpoint?: Partial<EndpointOptions>;
  /** What happens to messages between the script and the attempt. */
  readonly wire?: Wire;
}

/** The time of scripts; it does not pass. */
export const NOW = 1_000_000;

// biome-ignore lint/suspicious/noExplicitAny: of any kind
export type ScriptHandler = (ctx: any, input: never) => unknown;

export class Script {
  readonly #attempt: InProcessAttempt;
  readonly #options: ScriptOptions;
  readonly logs: string[] = [];
  readonly sent: EndpointMessage[] = [];
  /** Sizes of the arrays in which messages were sent. */
  readonly sendSizes: number[] = [];
  ends = 0;
  #read = 0;

  private constructor(handler: ScriptHandler, options: ScriptOptions) {
    this.#options = options;
    const definition = define(handler, options);
    const endpoint = createInProcessEndpoint(
      { services: [definition], ...options.endpoint },
      {
        now: () => NOW,
        log: (params, message, ...rest) => {
          this.logs.push([params.level, message, ...rest].join(" "));
        },
        isLogged: (level, replaying) => !replaying && level !== "debug",
        ...options.ports,
      },
    );
    const headers = new Map(Object.entries(options.attemptHeaders ?? {}));
    this.#attempt = endpoint.open(
      { service: "svc", handler: "run", version: options.version ?? 7, headers },
      {
        send: (messages) => {
          const { wire } = this.#options;
          this.sent.push(...messages.map((message) => wire?.toServer(message) ?? message));
          this.sendSizes.push(messages.length);
        },
        end: () => {
          this.ends++;
        },
      },
    );
  }

  /** Opens an attempt and lets user code come to rest. */
  static async play(handler: ScriptHandler, options: ScriptOptions = {}): Promise<Script> {
    const script = new Script(handler, options);
    const known = options.known ?? [];
    const start = startMessage({ knownEntries: known.length + 1, ...options.start });
    await script.receive(start, inputMessage(options.input, options.headers), ...known);
    return script;
  }

  async receive(...messages: ServerMessage[]): Promise<void> {
    const { wire } = this.#options;
    this.#attempt.receive(messages.map((message) => wire?.toAttempt(message) ?? message));
    await rest();
  }

  async closeInput(): Promise<void> {
    this.#attempt.closeInput();
    await rest();
  }

  async abort(): Promise<void> {
    this.#attempt.abort(new Error("aborted"));
    await rest();
  }

  /** What was sent since the last call. */
  take(): unknown[] {
    const taken = this.sent.slice(this.#read).map(readable);
    this.#read = this.sent.length;
    return taken;
  }

  /** The kinds of what was sent since the last call. */
  takeKinds(): string[] {
    const taken = this.sent.slice(this.#read).map((message) => message.kind);
    this.#read = this.sent.length;
    return taken;
  }

  /** The value that the handler returned, or the failure it ended with. */
  get result(): unknown {
    const output = this.sent.map(readable).findLast((message) => isOutput(message)) as
      | { readonly result: { readonly value?: unknown; readonly failure?: unknown } }
      | undefined;
    if (output === undefined) return undefined;
    return "value" in output.result ? output.result.value : output.result.failure;
  }

  get error(): ErrorMessage | undefined {
    return this.sent.find((message) => message.kind === "error");
  }
}

function define(
  handler: ScriptHandler,
  { kind = "service", options }: ScriptOptions,
): AnyDefinition {
  // biome-ignore lint/suspicious/noExplicitAny: of any kind
  const run = handler as (ctx: any, input: unknown) => Promise<unknown>;
  const given = options === undefined ? {} : { options };
  switch (kind) {
    case "service":
      return service({
        name: "svc",
        handlers: { run: run as (ctx: Context) => Promise<unknown> },
        ...given,
      });
    case "exclusive":
      return object({ name: "svc", handlers: { run }, ...given });
    case "shared":
      return object({ name: "svc", handlers: { run: handlers.object.shared(run) }, ...given });
    case "workflow":
      return workflow({ name: "svc", handlers: { run }, ...given });
  }
}

function isOutput(message: unknown): boolean {
  return (message as { kind: string }).kind === "output";
}

/** Until all that user code does without the server has been done. */
export async function rest(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
