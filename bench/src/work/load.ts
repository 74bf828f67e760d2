/** Makes the requests of a work and times them. */
import { setMaxListeners } from "node:events";
import { Agent, request } from "node:http";
import { expectedSum, type Work } from "./works.ts";

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
  const agent = new Agent({ keepAlive: true, maxSockets: callers });
  const limit = AbortSignal.timeout(limitMs);
  setMaxListeners(callers + 1, limit);
  const call = (body: string) => post(new URL(load.path, ingressUrl), body, agent, limit);
  const startedAt = performance.now();
  try {
    const latenciesMs =
      load.kind === "single" ? await runSingle(call, size) : await runCallers(call, size, callers);
    return { wallMs: performance.now() - startedAt, latenciesMs };
  } catch (error) {
    if (!limit.aborted) throw error;
    const text = `${work.name} at ${size} took longer than ${limitMs / 1000} s`;
    throw new OverLimitError(text, { cause: error });
  } finally {
    agent.destroy();
  }
}

type Call = (body: string) => Promise<string>;

async function runSingle(call: Call, size: number): Promise<readonly number[]> {
  expectAnswer(await call(String(size)), String(expectedSum(size)));
  return [];
}

async function runCallers(
  call: Call,
  requests: number,
  callers: number,
): Promise<readonly number[]> {
  const latenciesMs: number[] = [];
  let left = requests;
  const caller = async (id: number) => {
    const body = JSON.stringify(`hello from caller ${id}`);
    while (left > 0) {
      left -= 1;
      const sentAt = performance.now();
      expectAnswer(await call(body), body);
      latenciesMs.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, id) => caller(id)));
  return latenciesMs;
}

function expectAnswer(answer: string, expected: string): void {
  if (answer === expected) return;
  throw new Error(`a wrong answer: ${answer.slice(0, 200)} instead of ${expected}`);
}

/** One request; its answer as text. `node:http` and not `fetch`, whose cost would be measured. */
function post(url: URL, body: string, agent: Agent, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
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
        if (incoming.statusCode === 200) resolve(answer);
        else reject(new Error(`${url.pathname} answered ${incoming.statusCode}: ${answer}`));
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
