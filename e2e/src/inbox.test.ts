/**
 * Thousands of invocations in the inbox of one object: they run in the order in which they were
 * accepted, each once, although the server is killed while they are accepted and while they run.
 */
import { expect, it } from "vitest";
import { mustRegister } from "./support/admin-client.ts";
import type { ProgramLine } from "./support/child-program.ts";
import { type CrashingServer, startCrashingServer } from "./support/crashing-server.ts";
import { attach, call, request, send } from "./support/ingress-client.ts";
import { startReferenceProgram } from "./support/reference-program.ts";

const full = process.env.REJOIN_TEST_FULL === "1";
const count = full ? 10_000 : 300;
const laneCount = 8;
const sampleCount = 50;
const TIMEOUT_MS = full ? 600_000 : 120_000;

it(
  `${count} invocations queue on one object across two crashes: in order, each once`,
  async () => {
    const lines = new Lines();
    const { program, uri } = await startReferenceProgram("serve-inbox", {
      onLine: (line) => lines.take(line),
    });
    const server = await startCrashingServer();
    await mustRegister(server.adminUrl, uri);
    await send(`${server.ingressUrl}/list/one/hold/send`);
    const { awakeable } = await program.line("held");

    const sends = new Sends(server);
    const crashedWhileAccepting = sends.whenAccepted(count / 2).then(() => server.crash());
    await sends.sendAll();
    await crashedWhileAccepting;
    expect(lines.appended, "something ran although the object was held").toEqual([]);

    const crashedWhileRunning = lines.whenAppended(count / 2).then(() => server.crash());
    const resolved = await request(`${server.ingressUrl}/restate/awakeables/${awakeable}/resolve`);
    expect(resolved.status, resolved.text).toBe(202);
    await crashedWhileRunning;
    const last = await attach(server.ingressUrl, sends.idOf(count - 1));
    expect(last.status, last.text).toBe(200);
    await lines.whenAppended(count);

    const numbers = await call<number[]>(`${server.ingressUrl}/list/one/all`);
    assertOnce(numbers);
    assertOrder(numbers, sends);
    assertExecutions(lines.appended, numbers);
    await assertResults(server, sends, numbers);
    console.log(
      `inbox: ${count} queued, ${sends.repeated} sends repeated, ` +
        `${lines.appended.length - count} executions cut short by the crash`,
    );
  },
  TIMEOUT_MS,
);

function assertOnce(numbers: readonly number[]): void {
  const sorted = numbers.toSorted((number, other) => number - other);
  expect(sorted).toEqual(Array.from({ length: count }, (_, number) => number));
}

/** What had been accepted before another was sent runs before it. */
function assertOrder(numbers: readonly number[], sends: Sends): void {
  let newestSend = -1;
  for (const number of numbers) {
    const { sentAt, acceptedAt } = sends.timesOf(number);
    expect(acceptedAt, `${number} was overtaken`).toBeGreaterThan(newestSend);
    newestSend = Math.max(newestSend, sentAt);
  }
}

/** In the process, too, they came in that order; one at most was executed twice. */
function assertExecutions(executed: readonly Appended[], numbers: readonly number[]): void {
  const once = executed.filter(({ number }, i) => number !== executed[i - 1]?.number);
  expect(once).toEqual(numbers.map((number, index) => ({ number, index })));
  expect(executed.length - once.length).toBeLessThanOrEqual(1);
}

/** The results are the places in the list, and a send that is repeated finds its invocation. */
async function assertResults(
  server: CrashingServer,
  sends: Sends,
  numbers: readonly number[],
): Promise<void> {
  const step = Math.ceil(count / sampleCount);
  for (let number = 0; number < count; number += step) {
    const again = await sends.send(number);
    expect(again).toMatchObject({ invocationId: sends.idOf(number), status: "PreviouslyAccepted" });
    const answer = await attach(server.ingressUrl, again.invocationId);
    expect(answer.json()).toBe(numbers.indexOf(number));
  }
}

interface Appended {
  readonly number: number;
  readonly index: number;
}

/** What the process with the object prints. */
class Lines {
  readonly appended: Appended[] = [];
  readonly #waiting: { readonly length: number; readonly resolve: () => void }[] = [];

  take({ event, number, index }: ProgramLine): void {
    if (event !== "appended") return;
    this.appended.push({ number: Number(number), index: Number(index) });
    const { length } = this.appended;
    for (const waiting of this.#waiting) if (length >= waiting.length) waiting.resolve();
  }

  whenAppended(length: number): Promise<void> {
    if (this.appended.length >= length) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ length, resolve }));
  }
}

interface Times {
  readonly sentAt: number;
  readonly acceptedAt: number;
}

/** Numbers, sent one after the other in several lanes; each until it is accepted. */
class Sends {
  repeated = 0;
  readonly #server: CrashingServer;
  readonly #ids = new Map<number, string>();
  readonly #times = new Map<number, Times>();
  /** Counts sends and acceptances: it tells which came first. */
  #clock = 0;
  #next = 0;
  #onAccepted: () => void = () => undefined;

  constructor(server: CrashingServer) {
    this.#server = server;
  }

  idOf(number: number): string {
    return this.#ids.get(number) ?? "";
  }

  timesOf(number: number): Times {
    const times = this.#times.get(number);
    if (times === undefined) throw new Error(`${number} was never accepted`);
    return times;
  }

  whenAccepted(length: number): Promise<void> {
    return new Promise((resolve) => {
      this.#onAccepted = () => {
        if (this.#ids.size >= length) resolve();
      };
    });
  }

  async sendAll(): Promise<void> {
    await Promise.all(Array.from({ length: laneCount }, () => this.#runLane()));
  }

  send(number: number) {
    return send(`${this.#server.ingressUrl}/list/one/append/send`, {
      headers: { "idempotency-key": `number ${number}` },
      body: number,
    });
  }

  async #runLane(): Promise<void> {
    while (this.#next < count) {
      const number = this.#next++;
      const sentAt = this.#clock++;
      this.#ids.set(number, await this.#sendUntilAccepted(number));
      this.#times.set(number, { sentAt, acceptedAt: this.#clock++ });
      this.#onAccepted();
    }
  }

  /** What has no answer because the server was killed may have been accepted or not. */
  async #sendUntilAccepted(number: number): Promise<string> {
    for (;;) {
      try {
        return (await this.send(number)).invocationId;
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        this.repeated += 1;
        await this.#server.ready();
      }
    }
  }
}
