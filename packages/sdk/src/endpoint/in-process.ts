/** Drives services in this process: decoded messages, no bytes. */
import {
  type EndpointManifest,
  encodeText,
  type ProtocolVersion,
  type ServerMessage,
} from "@rejoin/protocol";
import type { AttemptPorts, AttemptSink } from "../attempt/ports.ts";
import { createAttempts } from "./attempts.ts";
import { acceptConversion } from "./http/conversion.ts";
import { createManifest } from "./manifest.ts";
import { createNodePorts } from "./node/ports/real-node-ports.ts";
import type { EndpointOptions } from "./options.ts";

/** @internal Where an attempt sends its messages. */
export type InProcessSink = AttemptSink;

/** @internal One attempt, as its server sees it. */
export interface InProcessAttempt {
  /** Start, then the known entries, then what is live, in any number of calls. */
  receive(messages: readonly ServerMessage[]): void;
  /** The server asks for suspension: nothing more will come. */
  closeInput(): void;
  /** The server gives up on the attempt: nothing more is sent but the end. */
  abort(reason: Error): void;
  /**
   * Whether only its server can make it go on: it has ended, or it awaits something of the server's
   * while none of its closures runs. What user code awaits beside that is not seen.
   */
  readonly isAtRest?: boolean;
}

/** @internal */
export interface InProcessRequest {
  readonly service: string;
  readonly handler: string;
  readonly version: ProtocolVersion;
  readonly headers: ReadonlyMap<string, string>;
}

/** @internal */
export interface InProcessEndpoint {
  /** As discovery would give it. */
  readonly manifest: EndpointManifest;
  /** Throws an `Error` when there is no such handler. */
  open(request: InProcessRequest, sink: InProcessSink): InProcessAttempt;
  /** Shows a value of a handler, or takes it back, as its serde's preview does. */
  convert(request: InProcessConversion): Promise<ConversionAnswer>;
}

/** @internal */
export interface InProcessConversion {
  readonly service: string;
  readonly direction: "encode" | "decode";
  /** `<handler>/input` or `<handler>/output`. */
  readonly serde: string;
  readonly body: Uint8Array;
}

/** @internal With the status that an endpoint over HTTP would give. */
export interface ConversionAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: Uint8Array;
}

/** @internal An endpoint without transport. Ports that are not given are the platform's. */
export function createInProcessEndpoint(
  options: EndpointOptions,
  ports: Partial<AttemptPorts> = {},
): InProcessEndpoint {
  const { findHandler, openAttempt } = createAttempts(options, {
    ...createNodePorts(),
    ...ports,
  });
  return {
    manifest: createManifest(options),
    open(request, sink) {
      const handler = findHandler(request.service, request.handler);
      if (handler === undefined) {
        throw new Error(`no handler ${request.service}/${request.handler}`);
      }
      return openAttempt(handler, request, sink);
    },
    async convert({ body, ...route }) {
      const accepted = acceptConversion({ kind: "convert", ...route }, findHandler);
      const answer = accepted.kind === "answer" ? accepted : await accepted.convert(body);
      const bytes = typeof answer.body === "string" ? encodeText(answer.body) : answer.body;
      return { status: answer.status, contentType: answer.headers["content-type"], body: bytes };
    },
  };
}
