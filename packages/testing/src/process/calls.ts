/**
 * The requests of an environment to its ingress, in memory or over sockets.
 *
 * They outlive the server's process, like those of a client that comes back: what had been accepted
 * is attached to, everything else is sent again. Who asks without an idempotency key can only do so
 * because this file looks into the store.
 */
import type { Commit, Invocation, Reads } from "@rejoin/engine";
import { invocationOfRowKey, invocationRows, PayloadKind, Tag } from "@rejoin/engine";
import {
  DEFAULT_OUTPUT,
  formatInvocationId,
  type InvocationKey,
  type Outcome,
} from "@rejoin/protocol";
import type { IngressRequest, IngressResponse } from "@rejoin/server/internal";
import { outcomeResponse, readPayload } from "@rejoin/server/internal";
import type { Activity } from "../time/activity.ts";
import type { TestProcess } from "./test-process.ts";

interface Call {
  readonly request: IngressRequest;
  readonly body: Uint8Array;
  /** The invocation that it has led to, once that had to be found out. */
  birth: Birth | undefined;
  readonly finish: (response: IngressResponse) => void;
}

/** An invocation that somebody outside has asked for. */
interface Birth {
  readonly key: InvocationKey;
  readonly service: string;
  readonly handler: string;
  readonly objectKey: string;
  readonly input: Uint8Array | undefined;
}

export interface CallsOptions {
  readonly activity: Activity;
  /** The process that serves now; `undefined` while there is none. */
  readonly process: () => TestProcess | undefined;
  readonly onAnswered: () => void;
}

const GONE: IngressResponse = {
  status: 503,
  headers: { "content-type": "text/plain" },
  body: "the test environment is closed",
};

export class Calls {
  readonly #options: CallsOptions;
  readonly #open = new Set<Call>();
  /** Births of invocations that no answer has named yet. */
  readonly #births = new Map<string, Birth>();
  /** Ids of invocations whose requests have been answered: no other request has led to them. */
  readonly #known = new Set<string>();
  #isClosed = false;

  constructor(options: CallsOptions) {
    this.#options = options;
  }

  /** How many requests have not been answered. */
  get openCount(): number {
    return this.#open.size;
  }

  /** The paths of the requests that have not been answered. */
  get openPaths(): readonly string[] {
    return [...this.#open].map(({ request }) => request.pathAndQuery);
  }

  /** Never rejects: what goes wrong is an answer too. */
  async handle(request: IngressRequest): Promise<IngressResponse> {
    if (this.#isClosed) return GONE;
    const end = this.#options.activity.begin();
    let body: Uint8Array;
    try {
      body = await request.body();
    } catch {
      // Whoever serves it finds the same, and knows what to say.
      body = new Uint8Array(0);
      const { process } = this.#options;
      const answered = process()?.core.ingress.handle(request);
      end();
      return (await answered) ?? GONE;
    }
    return new Promise((resolve) => {
      const call: Call = {
        request,
        body,
        birth: undefined,
        finish: (response) => {
          if (!this.#open.delete(call)) return;
          const id = response.headers["x-restate-id"];
          if (id !== undefined) this.#claim(id);
          this.#options.activity.touch();
          this.#options.onAnswered();
          resolve(response);
        },
      };
      this.#open.add(call);
      request.onGone(() => {
        this.#open.delete(call);
        this.#options.activity.touch();
      });
      this.#send(call);
      end();
    });
  }

  /** Takes note of what a commit of the server holds. */
  committed({ writes }: Commit): void {
    for (const { key: row, value } of writes) {
      if (row[0] !== Tag.invocation || value === undefined) continue;
      const key = invocationOfRowKey(row);
      const id = formatInvocationId(key);
      const invocation = invocationRows.decode(value, key);
      if (invocation.caller.kind !== "ingress" || this.#known.has(id)) continue;
      if (invocation.journalLength > 1 || invocation.idempotencyKey !== undefined) continue;
      this.#births.set(id, toBirth(invocation));
    }
  }

  /** A new process serves: goes on with what has not been answered. */
  async resume(): Promise<void> {
    const process = this.#options.process();
    const reads = process?.reads.get(0);
    if (process === undefined || reads === undefined) return;
    for (const call of [...this.#open]) {
      call.birth ??= this.#takeBirth(call);
      const { birth } = call;
      const response = birth && (await answerOf(process, reads, birth.key));
      if (birth === undefined) this.#send(call);
      else if (isSend(call)) call.finish(accepted(birth.key));
      else if (response !== undefined) call.finish(response);
      else this.#send(call, attachRequest(call.request, birth.key));
    }
  }

  /** The result of an invocation that has completed, as the store has it. */
  async resultOf(key: InvocationKey): Promise<IngressResponse | undefined> {
    const process = this.#options.process();
    const reads = process?.reads.get(0);
    if (process === undefined || reads === undefined) return undefined;
    return this.#options.activity.track(() => answerOf(process, reads, key));
  }

  /** Answers everything that is open. */
  answerAll(response: IngressResponse): void {
    for (const call of [...this.#open]) call.finish(response);
  }

  close(response: IngressResponse): void {
    this.#isClosed = true;
    this.answerAll(response);
  }

  #send(call: Call, request = withBody(call)): void {
    const process = this.#options.process();
    if (process === undefined) return;
    void process.core.ingress.handle(request).then((response) => {
      // An answer of a process that has gone would not have arrived.
      if (process.isAlive) call.finish(response);
    });
  }

  #claim(id: string): void {
    this.#births.delete(id);
    this.#known.add(id);
  }

  /** The invocation that a request has led to, if there is one: two that are alike are as good. */
  #takeBirth({ request, body }: Call): Birth | undefined {
    const segments = request.path.split("/").filter(Boolean).map(decoded);
    if (segments.at(-1) === "send") segments.pop();
    for (const [id, birth] of this.#births) {
      const { service, handler, objectKey, input } = birth;
      const target = objectKey === "" ? [service, handler] : [service, objectKey, handler];
      const end = segments.slice(-target.length);
      const isSame = target.every((part, i) => part === end[i]);
      if (!isSame || (input !== undefined && Buffer.compare(input, body) !== 0)) continue;
      this.#claim(id);
      return birth;
    }
    return undefined;
  }
}

function toBirth({ key, target, input }: Invocation): Birth {
  const { service, handler, key: objectKey } = target;
  return {
    key,
    service,
    handler,
    objectKey,
    input: input.kind === "inline" ? input.bytes : undefined,
  };
}

function withBody({ request, body }: Call): IngressRequest {
  return { ...request, header: (name) => request.header(name), body: async () => body };
}

function attachRequest(request: IngressRequest, key: InvocationKey): IngressRequest {
  const path = `/restate/invocation/${formatInvocationId(key)}/attach`;
  return {
    ...request,
    method: "GET",
    path,
    pathAndQuery: path,
    query: new URLSearchParams(),
    headers: [],
    header: () => undefined,
    body: async () => new Uint8Array(0),
  };
}

function isSend({ request }: Call): boolean {
  return (
    request.path.endsWith("/send") || /(^|\/)restate\/(scope\/[^/]+\/)?send\//.test(request.path)
  );
}

function accepted(key: InvocationKey): IngressResponse {
  const invocationId = formatInvocationId(key);
  return {
    status: 202,
    headers: { "content-type": "application/json", "x-restate-id": invocationId },
    body: JSON.stringify({ invocationId, status: "Accepted" }),
  };
}

/** The result of an invocation that has completed. */
async function answerOf(
  { core }: TestProcess,
  reads: Reads,
  key: InvocationKey,
): Promise<IngressResponse | undefined> {
  const [row] = await reads.getMany([invocationRows.rowKey(key)]);
  if (row === undefined) return undefined;
  const { status, output, target } = invocationRows.decode(row, key);
  if (status !== "completed" || output === undefined) return undefined;
  const handler = core.registry.current.latest(target.service)?.handlers.get(target.handler);
  const outcome = await outcomeOf(reads, key, output);
  return outcomeResponse(key, outcome, handler?.output ?? DEFAULT_OUTPUT, undefined);
}

async function outcomeOf(
  reads: Reads,
  key: InvocationKey,
  output: NonNullable<Invocation["output"]>,
): Promise<Outcome> {
  if (output.kind === "failure") return { kind: "failure", failure: output.failure };
  const { value } = output;
  const isHere = value.kind === "inline";
  const bytes = isHere ? value.bytes : await readPayload(reads, key, PayloadKind.output, value);
  return { kind: "value", value: bytes };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
