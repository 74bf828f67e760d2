/**
 * kill -9 of a server, of the process with its services, or of both, at any instant: the work goes
 * on, nothing accepted is lost and nothing finished is redone.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { mustRegister } from "./support/admin-client.ts";
import { type ChildProgram, type ProgramLine, startProgram } from "./support/child-program.ts";
import { attach, type IngressAnswer, request, send } from "./support/ingress-client.ts";
import { createSeededRandom, type SeededRandom } from "./support/random.ts";
import {
  planRejoinServer,
  type RejoinServer,
  type RejoinServerOptions,
  startRejoinServer,
} from "./support/rejoin-server.ts";
import { findRestartPort } from "./support/restart-port.ts";
import { createTemporaryDirectory } from "./support/temporary-directory.ts";

const partCount = 100;
const killCount = process.env.REJOIN_TEST_FULL === "1" ? 20 : 10;
/** Sends per kill: their lines alone are enough to reach the next one. */
const sendsPerKill = 8;
const linesPerKillMax = 40;
const fanOutCall = { headers: { "idempotency-key": "the fan-out" }, body: partCount };

interface RunLine extends ProgramLine {
  readonly id: string;
  readonly run: string;
  readonly token: string;
}

interface Part {
  readonly index: number;
  readonly id: string;
  readonly tokens: readonly string[];
}

interface Whole {
  readonly id: string;
  readonly tokens: readonly string[];
  readonly parts: readonly Part[];
}

type Victims = "server" | "services" | "both";

interface Kill {
  readonly victims: Victims;
  /** It happens upon so many new lines. */
  readonly lines: number;
  /** Of the server that is started after it. */
  readonly attemptsMax: number;
}

it("server and services killed again and again: all that was accepted ends right, once", async () => {
  const random = createSeededRandom();
  const kills = planKills(random);
  console.log(`crash-http: REJOIN_SEED=${random.seed}, kills: ${kills.map(describe).join(", ")}`);
  const directory = await createTemporaryDirectory();
  const logPath = join(directory.path, "runs.log");
  const site = new Site(await planRejoinServer(join(directory.path, "data")), {
    port: await findRestartPort(),
    logPath,
  });
  onTestFinished(async () => {
    await site.killAll();
    await directory.remove();
  });
  await site.startMissing(1000);
  await mustRegister(site.server.adminUrl, site.servicesUrl);

  const sends = new Sends();
  let fanOut = site.callFanOut();
  for (const [round, kill] of kills.entries()) {
    const killed = site.killAfter(kill);
    const sending = sends.sendRound(site.server.ingressUrl, round);
    await killed;
    await sending;
    await site.startMissing(kill.attemptsMax);
    // A caller whose connection broke calls again; the one of a server that lives still waits.
    if (kill.victims !== "services") {
      await fanOut;
      fanOut = site.callFanOut();
    }
    await sends.repeatUnanswered(site.server.ingressUrl);
  }

  const answer = await fanOut;
  expect(answer?.status, answer?.text).toBe(200);
  const whole = answer?.json() as Whole;
  const parts = await sends.attachAll(site.server.ingressUrl);
  const lines = await readRunLog(logPath);
  const executions = lines.filter(({ event }) => event === "executed").length;
  console.log(
    `crash-http: ${executions} executions of ${2 + 3 * (partCount + parts.length)} runs; ` +
      `${sends.accepted.size} sends accepted, ${sends.repeated} of them sent again`,
  );
  expect(whole.parts.map(({ index }) => index)).toEqual(
    Array.from({ length: partCount }, (_, index) => index),
  );
  assertTokens(whole, parts, lines);
  assertNothingRedone(lines);
}, 120_000);

/** The first three are one of each kind. */
function planKills(random: SeededRandom): Kill[] {
  const first: Victims[] = ["server", "services", "both"];
  return Array.from({ length: killCount }, (_, i) => ({
    victims: first[i] ?? random.pick(["server", "services", "both"]),
    lines: random.integer(1, linesPerKillMax),
    attemptsMax: random.pick([4, 10, 1000]),
  }));
}

interface ServicesOptions {
  readonly port: number;
  readonly logPath: string;
}

/** The two processes, each started again on its port when it is gone. */
class Site {
  readonly #serverOptions: RejoinServerOptions;
  readonly #services: ServicesOptions;
  #server: RejoinServer | undefined;
  #program: ChildProgram | undefined;
  /** Lines that no process has told of before. */
  readonly #known = new Set<string>();
  #onProgress: (count: number) => void = () => undefined;

  constructor(serverOptions: RejoinServerOptions, services: ServicesOptions) {
    this.#serverOptions = serverOptions;
    this.#services = services;
  }

  get server(): RejoinServer {
    if (this.#server === undefined) throw new Error("the server was not started");
    return this.#server;
  }

  get servicesUrl(): string {
    return `http://127.0.0.1:${this.#services.port}`;
  }

  /** Starts what is not running, side by side, and waits until all of it is ready. */
  async startMissing(attemptsMax: number): Promise<void> {
    if (this.#server?.isAlive !== true) {
      this.#server = startRejoinServer({
        ...this.#serverOptions,
        variables: {
          REJOIN_LOG_LEVEL: "error",
          REJOIN_LIMITS__ATTEMPTS_MAX: String(attemptsMax),
          REJOIN_DEFAULT_RETRY_POLICY__INITIAL_INTERVAL: "50ms",
          REJOIN_DEFAULT_RETRY_POLICY__MAX_INTERVAL: "200ms",
          REJOIN_DEFAULT_RETRY_POLICY__MAX_ATTEMPTS: "unlimited",
        },
      });
    }
    if (this.#program?.isAlive !== true) {
      const { port, logPath } = this.#services;
      this.#program = startProgram({
        program: "serve-fan-out",
        args: [String(port), logPath],
        onLine: (line) => this.#note(line),
      });
    }
    await Promise.all([this.#server.ready(), this.#program.line("ready")]);
  }

  /** Resolves when the victims are gone. */
  killAfter({ victims, lines }: Kill): Promise<void> {
    const wanted = this.#known.size + lines;
    return new Promise((resolve) => {
      this.#onProgress = (count) => {
        if (count < wanted) return;
        this.#onProgress = () => undefined;
        const server = victims === "services" ? undefined : this.#server?.kill();
        const services = victims === "server" ? undefined : this.#program?.kill();
        void Promise.all([server, services]).then(() => resolve());
      };
    });
  }

  /** Starts the fan-out or joins it; without an answer when the server goes away. */
  callFanOut(): Promise<IngressAnswer | undefined> {
    return request(`${this.server.ingressUrl}/fan/out`, fanOutCall).catch(() => undefined);
  }

  async killAll(): Promise<void> {
    await Promise.all([this.#server?.kill(), this.#program?.kill()]);
  }

  #note({ event, id, run }: ProgramLine): void {
    if (id === undefined) return;
    this.#known.add(`${event} ${id} ${run}`);
    this.#onProgress(this.#known.size);
  }
}

/** Sends of parts: what was accepted, and what has no answer because the server was gone. */
class Sends {
  /** Invocation ids by index. */
  readonly accepted = new Map<number, string>();
  repeated = 0;
  #unanswered: number[] = [];

  /** One after the other, until all are accepted or the server is gone. */
  async sendRound(ingressUrl: string, round: number): Promise<void> {
    for (let i = 0; i < sendsPerKill; i++) {
      const index = 1000 + round * sendsPerKill + i;
      const isAccepted = await this.#send(ingressUrl, index).catch(() => false);
      if (isAccepted) continue;
      this.#unanswered.push(index);
      return;
    }
  }

  /** What has no answer may have been accepted or not: it is sent again, with its key. */
  async repeatUnanswered(ingressUrl: string): Promise<void> {
    for (const index of this.#unanswered) await this.#send(ingressUrl, index);
    this.repeated += this.#unanswered.length;
    this.#unanswered = [];
  }

  /** The results of all that were accepted. */
  async attachAll(ingressUrl: string): Promise<Part[]> {
    return await Promise.all(
      [...this.accepted].map(async ([index, id]) => {
        const answer = await attach(ingressUrl, id);
        expect(answer.status, answer.text).toBe(200);
        const part = answer.json() as Part;
        expect(part).toMatchObject({ index, id });
        return part;
      }),
    );
  }

  async #send(ingressUrl: string, index: number): Promise<boolean> {
    const headers = { "idempotency-key": `part ${index}` };
    const { invocationId } = await send(`${ingressUrl}/fan/part/send`, { headers, body: index });
    this.accepted.set(index, invocationId);
    return true;
  }
}

async function readRunLog(path: string): Promise<RunLine[]> {
  const lines = (await readFile(path, "utf8")).split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as RunLine);
}

/** Whatever a handler has seen of a run is one token, and it is the one in the result. */
function assertTokens(whole: Whole, sent: readonly Part[], lines: readonly RunLine[]): void {
  const seen = new Map<string, string>();
  for (const { event, id, run, token } of lines) {
    if (event !== "seen") continue;
    const known = seen.get(`${id} ${run}`) ?? token;
    expect(token, `the result of ${run} of ${id}`).toBe(known);
    seen.set(`${id} ${run}`, token);
  }
  const parts = [...whole.parts, ...sent];
  for (const { id, tokens } of parts) {
    expect(tokens).toEqual(["first", "second", "third"].map((run) => seen.get(`${id} ${run}`)));
  }
  expect(whole.tokens).toEqual(["split", "join"].map((run) => seen.get(`${whole.id} ${run}`)));
  expect(seen.size, "nothing ran but what was asked for").toBe(2 + 3 * parts.length);
}

/** No run is executed after its result was seen. */
function assertNothingRedone(lines: readonly RunLine[]): void {
  const seen = new Set<string>();
  const redone: string[] = [];
  for (const { event, id, run } of lines) {
    const key = `${id} ${run}`;
    if (event === "seen") seen.add(key);
    else if (seen.has(key)) redone.push(key);
  }
  expect(redone).toEqual([]);
}

function describe({ victims, lines, attemptsMax }: Kill): string {
  return `${victims} after ${lines} (then ${attemptsMax})`;
}
