/**
 * A little AWS on a local port: the API of Lambda to call functions, and as much of STS as assumes a
 * role. It keeps to the limits of AWS Lambda, and records what is called.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type CountedServer, serveCounted } from "./counted-http1.ts";

/** What a function is called with; see the API of Lambda. */
export interface LambdaEvent {
  readonly path: string;
  readonly httpMethod: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

export interface LambdaAnswer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

export type LambdaHandler = (event: LambdaEvent) => Promise<LambdaAnswer>;

export interface LambdaCall {
  readonly arn: string;
  readonly event: LambdaEvent;
  /** Who signed the request. */
  readonly accessKey: string;
  /** `undefined` while it runs, and where the function failed. */
  answer?: LambdaAnswer;
}

export interface AssumedRole {
  readonly roleArn: string | null;
  readonly externalId: string | null;
}

export interface Aws {
  readonly functions: Map<string, LambdaHandler>;
  readonly calls: LambdaCall[];
  readonly assumed: AssumedRole[];
  /** Calls that have not returned. */
  readonly openCount: number;
  /** How many of the next calls of `/invoke/…` are refused as too many. */
  throttleNext: number;
  /** What a program has to have in its environment to use it. */
  readonly variables: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const REQUEST_BYTES_MAX = 6_291_456;
const RESPONSE_BYTES_MAX = 6_291_556;
export const OWN_ACCESS_KEY = "OWNKEY";
export const ROLE_ACCESS_KEY = "ROLEKEY";
const FUNCTION_PATH = /^\/2015-03-31\/functions\/([^/]+)\/invocations/;

export async function startAws(): Promise<Aws> {
  const server = new AwsServer();
  await server.start();
  return server;
}

class AwsServer implements Aws {
  readonly functions = new Map<string, LambdaHandler>();
  readonly calls: LambdaCall[] = [];
  readonly assumed: AssumedRole[] = [];
  throttleNext = 0;
  #server: CountedServer | undefined;

  async start(): Promise<void> {
    this.#server = await serveCounted((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
  }

  get openCount(): number {
    return this.#server?.openCount ?? 0;
  }

  get variables(): Readonly<Record<string, string>> {
    const url = this.#server?.url ?? "";
    return {
      AWS_ENDPOINT_URL_LAMBDA: url,
      AWS_ENDPOINT_URL_STS: url,
      AWS_ACCESS_KEY_ID: OWN_ACCESS_KEY,
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    };
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const [, name] = FUNCTION_PATH.exec(request.url ?? "") ?? [];
    if (name === undefined) return this.#assumeRole(body, response);
    const arn = decodeURIComponent(name);
    if (body.length > REQUEST_BYTES_MAX) {
      const Message = `Request must be smaller than ${REQUEST_BYTES_MAX} bytes`;
      return refuse(response, { status: 413, type: "RequestTooLargeException", Message });
    }
    const handler = this.functions.get(arn);
    if (handler === undefined) {
      const Message = `Function not found: ${arn}`;
      return refuse(response, { status: 404, type: "ResourceNotFoundException", Message });
    }
    const event = JSON.parse(body.toString()) as LambdaEvent;
    const call: LambdaCall = { arn, event, accessKey: accessKeyOf(request) };
    this.calls.push(call);
    if (event.path.startsWith("/invoke") && this.throttleNext > 0) {
      this.throttleNext -= 1;
      const Message = "Rate Exceeded.";
      return refuse(response, { status: 429, type: "TooManyRequestsException", Message });
    }
    await run(handler, call, response);
  }

  #assumeRole(body: Buffer, response: ServerResponse): void {
    const form = new URLSearchParams(body.toString());
    this.assumed.push({ roleArn: form.get("RoleArn"), externalId: form.get("ExternalId") });
    const xml = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
      <AssumeRoleResult><Credentials><AccessKeyId>${ROLE_ACCESS_KEY}</AccessKeyId>
      <SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
      <Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>
      </AssumeRoleResponse>`;
    response.writeHead(200, { "content-type": "text/xml" }).end(xml);
  }
}

async function run(
  handler: LambdaHandler,
  call: LambdaCall,
  response: ServerResponse,
): Promise<void> {
  try {
    const answer = await handler(call.event);
    call.answer = answer;
    const payload = JSON.stringify(answer);
    if (payload.length <= RESPONSE_BYTES_MAX) return void response.writeHead(200).end(payload);
    fail(response, {
      errorType: "Function.ResponseSizeTooLarge",
      errorMessage: `Response payload size (${payload.length} bytes) exceeded maximum allowed payload size (${RESPONSE_BYTES_MAX} bytes).`,
    });
  } catch (error) {
    fail(response, { errorType: "Error", errorMessage: (error as Error).message });
  }
}

function fail(response: ServerResponse, failure: Readonly<Record<string, string>>): void {
  response.writeHead(200, { "x-amz-function-error": "Unhandled" }).end(JSON.stringify(failure));
}

interface Refusal {
  readonly status: number;
  readonly type: string;
  readonly Message: string;
}

function refuse(response: ServerResponse, { status, type, Message }: Refusal): void {
  const retry = status === 429 ? { "retry-after": "1" } : {};
  response
    .writeHead(status, { "content-type": "application/json", "x-amzn-errortype": type, ...retry })
    .end(JSON.stringify({ Type: "User", Message, message: Message }));
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function accessKeyOf({ headers }: IncomingMessage): string {
  return /Credential=([^/]+)\//.exec(headers.authorization ?? "")?.[1] ?? "";
}
