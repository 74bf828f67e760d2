/**
 * Requests to endpoints as events of AWS Lambda, and their answers, both JSON.
 *
 * | event             |                                             |
 * |-------------------|---------------------------------------------|
 * | `path`            | `/discover` or `/invoke/<service>/<handler>` |
 * | `httpMethod`      | `GET` or `POST`                             |
 * | `headers`         | one text for each name                      |
 * | `body`            | base64 of the whole request                 |
 * | `isBase64Encoded` | `true`                                      |
 *
 * | answer            |                                             |
 * |-------------------|---------------------------------------------|
 * | `statusCode`      | of HTTP                                     |
 * | `headers`         | likewise, may be absent                     |
 * | `body`            | may be absent                               |
 * | `isBase64Encoded` | `false` if it is absent                     |
 *
 * Where both sides can, large bodies are compressed by zstd below the base64, which the header
 * `content-encoding` says.
 */
import { LambdaError } from "./lambda-error.ts";
import { compressZstd, decompressZstd } from "./zstd.ts";

export interface EndpointRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface EndpointAnswer {
  readonly status: number;
  /** By names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

/** What AWS Lambda takes and gives at most in a synchronous call. */
export const LAMBDA_REQUEST_BYTES_MAX = 6_291_456;
export const LAMBDA_RESPONSE_BYTES_MAX = 6_291_556;

const ENCODING = "content-encoding";
const ZSTD = "zstd";
const BASE64_GROWTH = 4 / 3;

/** Bodies of at least `compressFrom` bytes are compressed; `undefined` if the endpoint cannot. */
export async function encodeEvent(
  request: EndpointRequest,
  compressFrom: number | undefined,
): Promise<Uint8Array> {
  const { method, path, body } = request;
  const accepts = compressFrom === undefined ? {} : { "accept-encoding": ZSTD };
  const isCompressed = compressFrom !== undefined && body.length >= compressFrom;
  const carried = isCompressed ? await compressZstd(body) : body;
  const event = {
    path,
    httpMethod: method,
    headers: { ...request.headers, ...accepts, ...(isCompressed ? { [ENCODING]: ZSTD } : {}) },
    body: Buffer.from(carried.buffer, carried.byteOffset, carried.length).toString("base64"),
    isBase64Encoded: true,
  };
  const payload = Buffer.from(JSON.stringify(event));
  if (payload.length > LAMBDA_REQUEST_BYTES_MAX) {
    throw requestTooLarge(payload.length, isCompressed);
  }
  return payload;
}

/** What a body that is too large to be sent, compressed or not, would have taken. */
export function refuseBody(bodyBytes: number): LambdaError {
  return requestTooLarge(Math.ceil(bodyBytes * BASE64_GROWTH), false);
}

function requestTooLarge(bytes: number, isCompressed: boolean): LambdaError {
  const how = isCompressed ? " although compressed" : "";
  return new LambdaError(
    `the request takes ${bytes} bytes${how}, and AWS Lambda carries at most ` +
      `${LAMBDA_REQUEST_BYTES_MAX} bytes to a function`,
    { kind: "requestTooLarge" },
  );
}

/** Throws a {@link LambdaError} if it is no answer of an endpoint, or larger than `bytesMax`. */
export async function decodeAnswer(payload: Uint8Array, bytesMax: number): Promise<EndpointAnswer> {
  const { statusCode, headers, body, isBase64Encoded } = parse(payload);
  const known = new Map(
    Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
  const bytes = Buffer.from(body ?? "", isBase64Encoded === true ? "base64" : "utf8");
  const isCompressed = known.get(ENCODING)?.toLowerCase().includes(ZSTD) === true;
  const plain = isCompressed ? await decompress(bytes, bytesMax) : bytes;
  return { status: statusCode, headers: known, body: plain };
}

async function decompress(bytes: Uint8Array, bytesMax: number): Promise<Uint8Array> {
  try {
    return await decompressZstd(bytes, bytesMax);
  } catch (cause) {
    const kind = cause instanceof RangeError ? "responseTooLarge" : "malformed";
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LambdaError(`the function's answer cannot be used: ${reason}`, { kind, cause });
  }
}

interface Answer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, unknown>> | null;
  readonly body?: string | null;
  readonly isBase64Encoded?: boolean | null;
}

const EXCERPT_CHARS = 200;

function parse(payload: Uint8Array): Answer {
  const text = new TextDecoder().decode(payload);
  const value = parseJson(text);
  if (!isAnswer(value)) {
    const excerpt = text.length > EXCERPT_CHARS ? `${text.slice(0, EXCERPT_CHARS)}…` : text;
    throw new LambdaError(
      `the function answered ${excerpt || "nothing"}; is its handler the one of the SDK for AWS ` +
        "Lambda?",
      { kind: "malformed" },
    );
  }
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isAnswer(value: unknown): value is Answer {
  if (typeof value !== "object" || value === null) return false;
  const { statusCode, headers, body } = value as Record<string, unknown>;
  const hasHeaders = headers === undefined || headers === null || typeof headers === "object";
  const hasBody = body === undefined || body === null || typeof body === "string";
  return Number.isInteger(statusCode) && hasHeaders && hasBody;
}
