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
  type Context,
  createInProcessEndpoint,
  type InProcessAttempt,
  type ServiceOptions,
  service,
} from "../index.ts";
import { inputMessage, readable, startMessage } from "./messages.ts";

export interface ScriptOptions {
  readonly version?: ProtocolVersion;
  readonly input?: unknown;
  /** Entries after the input that are known from the start. */
  readonly known?: readonly ServerMessage[];
  readonly start?: Partial<StartMessage>;
  readonly ports?: Partial<AttemptPorts>;
  readonly options?: ServiceOptions;
}

/** The time of scripts; it does not pass. */
export const NOW = 1_000_000;

export class Script {
  readonly #attempt: InProcessAttempt;
  readonly logs: string[] = [];
  readonly sent: EndpointMessage[] = [];
  /** Sizes of the arrays in which messages were sent. */
  readonly sendSizes: number[] = [];
  ends = 0;
  #read = 0;

  private constructor(handler: (ctx: Context, input: never) => unknown, options: ScriptOptions) {
    const run = handler as (ctx: Context, input: unknown) => Promise<unknown>;
    const definition = service({
      name: "svc",
      handlers: { run },
      ...(options.options === undefined ? {} : { options: options.options }),
    });
    const endpoint = createInProcessEndpoint(
      { services: [definition] },
      {
        now: () => NOW,
        log: (params, message, ...rest) => {
          this.logs.push([params.level, message, ...rest].join(" "));
        },
        isLogged: (level, replaying) => !replaying && level !== "debug",
        ...options.ports,
      },
    );
    this.#attempt = endpoint.open(
      { service: "svc", handler: "run", version: options.version ?? 7, headers: new Map() },
      {
        send: (messages) => {
          this.sent.push(...messages);
          this.sendSizes.push(messages.length);
        },
        end: () => {
          this.ends++;
        },
      },
    );
  }

  /** Opens an attempt and lets user code come to rest. */
  static async play(
    handler: (ctx: Context, input: never) => unknown,
    options: ScriptOptions = {},
  ): Promise<Script> {
    const script = new Script(handler, options);
    const known = options.known ?? [];
    const start = startMessage({ knownEntries: known.length + 1, ...options.start });
    await script.receive(start, inputMessage(options.input), ...known);
    return script;
  }

  async receive(...messages: ServerMessage[]): Promise<void> {
    this.#attempt.receive(messages);
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
    return output?.result.value ?? output?.result.failure;
  }

  get error(): ErrorMessage | undefined {
    return this.sent.find((message) => message.kind === "error");
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
