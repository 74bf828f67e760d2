/** An endpoint as the handler of a function of AWS Lambda. */
import { createErrorAnswer } from "../http/answers.ts";
import {
  createHttpEndpoint,
  type HttpEndpoint,
  type HttpInvocation,
} from "../http/http-endpoint.ts";
import { type HttpAnswer, headerOf } from "../http/http-exchange.ts";
import type { EndpointOptions } from "../options.ts";
import { findZstd, type Zstd } from "../ports/real-zstd.ts";
import { CollectedOutput } from "./collected-output.ts";
import {
  type EventRequest,
  type LambdaAnswer,
  type LambdaEvent,
  parseEvent,
  toBinaryAnswer,
} from "./event.ts";

/** What AWS Lambda calls. `context` is also the first of `ctx.request().extraArgs`. */
export type LambdaEndpointHandler = (event: LambdaEvent, context: unknown) => Promise<LambdaAnswer>;

const ENCODING = "content-encoding";
const ACCEPTED_ENCODING = "accept-encoding";
const ZSTD = "zstd";
const MIB = 1024 * 1024;
/** A larger response is compressed if the server can read it: AWS Lambda carries 6 MB of base64. */
const PLAIN_BYTES_MAX = 3 * MIB;
/** What a compressed request may grow to. */
const REQUEST_BYTES_MAX = 512 * MIB;

/**
 * A handler that serves `services` to a server that calls the function, and behind an API gateway or
 * a function URL:
 *
 * ```ts
 * export const handler = createEndpointHandler({ services: [greeter] });
 * ```
 *
 * Throws for services that cannot be bound and for identity keys that are none.
 */
export function createEndpointHandler(options: EndpointOptions): LambdaEndpointHandler {
  const zstd = findZstd();
  const endpoint = createHttpEndpoint(options, {
    lambdaCompression: zstd === undefined ? undefined : ZSTD,
  });
  return async (event, context) => {
    try {
      return await handle(endpoint, zstd, event, context);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return toAnswer(createErrorAnswer(500, message));
    }
  };
}

async function handle(
  endpoint: HttpEndpoint,
  zstd: Zstd | undefined,
  event: LambdaEvent,
  context: unknown,
): Promise<LambdaAnswer> {
  const request = parseEvent(event);
  if (request === undefined) {
    const text =
      "the event is no HTTP request: register the function's ARN at the server, or put an API " +
      "gateway or a function URL in front of it";
    return toAnswer(createErrorAnswer(400, text));
  }
  const head = { ...request, extraArgs: [context], ...logContextOf(context) };
  const outcome = await endpoint.handle(head, "REQUEST_RESPONSE");
  if (outcome.kind === "answer") return toAnswer(outcome);
  if (outcome.kind === "conversion") return toAnswer(await outcome.convert(request.body));
  const compressed = codingsOf(request, ENCODING).includes(ZSTD);
  if (compressed && zstd === undefined) {
    const text = "the request is compressed with zstd, which this runtime lacks: Node 22.15 has it";
    return toAnswer(createErrorAnswer(415, text));
  }
  const body = compressed ? await zstd?.decompress(request.body, REQUEST_BYTES_MAX) : request.body;
  const written = await run(outcome, body ?? request.body);
  const accepts = codingsOf(request, ACCEPTED_ENCODING).includes(ZSTD);
  if (zstd === undefined || !accepts || written.length <= PLAIN_BYTES_MAX) {
    return toBinaryAnswer(200, outcome.headers, written);
  }
  const headers = { ...outcome.headers, [ENCODING]: ZSTD };
  return toBinaryAnswer(200, headers, await zstd.compress(written));
}

function run(invocation: HttpInvocation, body: Uint8Array): Promise<Uint8Array> {
  const output = new CollectedOutput();
  const pump = invocation.open(output);
  pump.push(body);
  pump.closeInput();
  return output.whole;
}

function codingsOf(request: EventRequest, name: string): string[] {
  const listed = headerOf(request, name)?.split(",") ?? [];
  return listed.map((coding) => (coding.split(";")[0] ?? "").trim().toLowerCase());
}

/** Log lines name the request of AWS Lambda, by which its own are found. */
function logContextOf(context: unknown): { logContext?: Record<string, string> } {
  const { awsRequestId } = (context ?? {}) as { awsRequestId?: unknown };
  return typeof awsRequestId === "string" ? { logContext: { AWSRequestId: awsRequestId } } : {};
}

function toAnswer({ status, headers, body }: HttpAnswer): LambdaAnswer {
  if (typeof body !== "string") return toBinaryAnswer(status, headers, body);
  return { statusCode: status, headers: { ...headers }, body, isBase64Encoded: false };
}
