/** Makes the requests of a work and times them. */
import { type Agent, request } from "node:http";
import { Pool } from "undici";
import type { Answered, Exchange, Load } from "./load-kinds.ts";
import type { Work } from "./works.ts";

export interface Timing {
  readonly wallMs: number;
  /** Of each request, where there are many. */
  readonly latenciesMs: readonly number[];
}

/** The run took longer than it may. */
export class OverLimitError extends Error {}

/** Runs `work` once at `size` against an ingress. Throws if an answer is not what it must be. */
export async function runLoad(
  work: Work,
  size: number,
  ingressUrl: string,
  limitMs: number,
): Promise<Timing> {
  const { load } = work;
  const callers = load.kind === "callers" ? load.callers : 1;
  const pool = new Pool(ingressUrl, { connections: callers, headersTimeout: 0, bodyTimeout: 0 });
  const call = async (exchange: Exchange) => {
    const answer = await ask(pool, exchange);
    if (exchange.expected !== undefined) expectAnswer(answer, exchange.expected);
    return answer;
  };
  let isOver = false;
  const limit = setTimeout(() => {
    isOver = true;
    void pool.destroy();
  }, limitMs);
  const startedAt = performance.now();
  try {
    if (load.kind === "callers") return await runCallers(call, size, load);
    await call(load.toExchange(size));
    return { wallMs: performance.now() - startedAt, latenciesMs: [] };
  } catch (error) {
    if (!isOver) throw error;
    const text = `${work.name} at ${size} took longer than ${limitMs / 1000} s`;
    throw new OverLimitError(text, { cause: error });
  } finally {
    clearTimeout(limit);
    await pool.destroy();
  }
}

/** `undici` costs less than `node:http`: on a machine that both share it would be measured too. */
async function ask(pool: Pool, { path, body }: Exchange): Promise<string> {
  const headers = { "content-type": "application/json" };
  const answer = await pool.request({ method: "POST", path, headers, body });
  const text = await answer.body.text();
  if (answer.statusCode >= 200 && answer.statusCode < 300) return text;
  throw new Error(`${path} answered ${answer.statusCode}: ${text}`);
}

type Call = (exchange: Exchange) => Promise<string>;

async function runCallers(
  call: Call,
  units: number,
  { callers, unitsPerRequest, toExchange, assertAnswers }: Load & { readonly kind: "callers" },
): Promise<Timing> {
  const latenciesMs: number[] = [];
  const answered: Answered[] = [];
  let left = Math.ceil(units / unitsPerRequest);
  const caller = async (id: number) => {
    const exchange = toExchange(id);
    while (left > 0) {
      left -= 1;
      const sentAt = performance.now();
      const answer = await call(exchange);
      latenciesMs.push(performance.now() - sentAt);
      if (assertAnswers !== undefined) answered.push({ path: exchange.path, answer });
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: callers }, (_, id) => caller(id)));
  const wallMs = performance.now() - startedAt;
  assertAnswers?.(answered);
  return { wallMs, latenciesMs };
}

function expectAnswer(answer: string, expected: string): void {
  if (answer === expected) return;
  throw new Error(`a wrong answer: ${answer.slice(0, 200)} instead of ${expected.slice(0, 200)}`);
}

export interface Post {
  readonly body: string;
  readonly agent?: Agent;
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request; its answer as text. */
export function post(url: URL, { body, agent, signal, headers: more }: Post): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...more,
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
    };
    const outgoing = request(url, { method: "POST", agent, signal, headers }, (incoming) => {
      let answer = "";
      incoming.setEncoding("utf8").on("data", (chunk: string) => {
        answer += chunk;
      });
      incoming.on("error", reject);
      incoming.on("end", () => {
        const { statusCode = 0 } = incoming;
        if (statusCode >= 200 && statusCode < 300) resolve(answer);
        else reject(new Error(`${url.pathname} answered ${incoming.statusCode}: ${answer}`));
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
