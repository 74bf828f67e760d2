/** A `fetch` that answers as it is told and keeps what it was asked, and a clock that it is on. */
import type { IngressPorts } from "../ingress/ports.ts";

export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text?: string;
  readonly bytes?: Uint8Array<ArrayBuffer>;
  /** Instead of an answer. */
  readonly error?: unknown;
  /** The body breaks off with this. */
  readonly brokenBody?: Error;
  /** What passes until the answer is there. */
  readonly tookMs?: number;
  /** Happens while the request is under way. */
  readonly meanwhile?: () => void;
}

export interface AskedRequest {
  readonly method: string | undefined;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal | undefined;
  readonly atMs: number;
}

export interface ScriptedFetch {
  readonly fetch: typeof fetch;
  readonly asked: readonly AskedRequest[];
  readonly ports: IngressPorts;
  /** How long it was slept, each time. */
  readonly slept: readonly number[];
}

/** The last answer is given for ever. Chance is always `random`. */
export function scriptFetch(
  answers: readonly ScriptedAnswer[] | ((request: AskedRequest) => ScriptedAnswer),
  { random = 0.5, onSleep = () => {} }: { random?: number; onSleep?: () => void } = {},
): ScriptedFetch {
  const asked: AskedRequest[] = [];
  const slept: number[] = [];
  let nowMs = 1_000_000;
  const answerTo = (request: AskedRequest): ScriptedAnswer => {
    if (typeof answers === "function") return answers(request);
    return answers[Math.min(asked.length, answers.length) - 1] ?? {};
  };
  const fetchScripted = async (url: unknown, init: RequestInit = {}) => {
    const request: AskedRequest = {
      method: init.method,
      url: String(url),
      headers: Object.fromEntries(new Headers(init.headers)),
      body: await bodyText(init.body),
      signal: init.signal ?? undefined,
      atMs: nowMs,
    };
    asked.push(request);
    const answer = answerTo(request);
    nowMs += answer.tookMs ?? 0;
    answer.meanwhile?.();
    if (answer.error !== undefined) throw answer.error;
    return toResponse(answer);
  };
  const ports: IngressPorts = {
    now: () => nowMs,
    random: () => random,
    timeoutSignal: () => new AbortController().signal,
    async sleep(ms, signal) {
      slept.push(ms);
      onSleep();
      signal?.throwIfAborted();
      nowMs += ms;
    },
  };
  return { fetch: fetchScripted as typeof fetch, asked, ports, slept };
}

async function bodyText(body: RequestInit["body"]): Promise<string> {
  return body === undefined || body === null ? "" : new Response(body).text();
}

function toResponse({ status = 200, headers = {}, text, bytes, brokenBody }: ScriptedAnswer) {
  const broken =
    brokenBody &&
    new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(brokenBody),
    });
  return new Response(broken ?? bytes ?? text ?? null, { status, headers });
}
