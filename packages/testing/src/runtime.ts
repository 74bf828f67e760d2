/** What is behind a test environment: joins the server, its services, the clock and the clients. */
import { connect, type Ingress } from "@rejoin/client";
import type { Commit, Reads } from "@rejoin/engine";
import {
  type EndpointMessage,
  ErrorBehavior,
  formatInvocationId,
  type InvocationKey,
  parseInvocationId,
} from "@rejoin/protocol";
import { createInProcessEndpoint, type Duration, type Serde, serde } from "@rejoin/sdk";
import type { Core, IngressRequest, IngressResponse, Log } from "@rejoin/server/internal";
import { type ClientFactory, createClients, type SendClientFactory } from "./clients.ts";
import { toMillis } from "./duration.ts";
import { FaultPlan } from "./endpoint/faults.ts";
import { instrument } from "./endpoint/instrument.ts";
import { RunningClosures } from "./endpoint/running-closures.ts";
import { type OpenAttempt, WatchedEndpoint } from "./endpoint/watched-endpoint.ts";
import type { Named, TestEnvironment } from "./environment.ts";
import { type Mismatch, NonDeterminismError } from "./errors.ts";
import { type Awakeable, readAwakeables } from "./inspect/awakeables.ts";
import { explainOpen } from "./inspect/explain.ts";
import {
  fits,
  type InvocationFilter,
  type InvocationView,
  toInvocationView,
} from "./inspect/invocations.ts";
import { type JournalEntry, toJournalEntry } from "./inspect/journal.ts";
import { nextTimerAt, readInvocations } from "./inspect/reads.ts";
import { createStateProxy, type StateProxy } from "./inspect/state.ts";
import { STUCK_AFTER_MS, type TestEnvironmentOptions } from "./options.ts";
import { Calls } from "./process/calls.ts";
import { createDisk } from "./process/disks.ts";
import { createIngressFetch } from "./process/ingress-fetch.ts";
import { changeManifest } from "./process/manifest.ts";
import { createRandomBytes } from "./process/random.ts";
import { Sockets } from "./process/sockets.ts";
import { type Disk, type ProcessSurroundings, TestProcess } from "./process/test-process.ts";
import { Activity } from "./time/activity.ts";
import { Driver } from "./time/driver.ts";
import { afterMicrotasks, afterReal, realNow } from "./time/real.ts";
import { VirtualTime } from "./time/virtual-time.ts";

/** What the exploration of crashes sees and does; see `explore`. */
export interface Probe {
  /** Whether what handlers say reaches the server one message at a time, each at rest. */
  readonly holdsMessages: boolean;
  /** A commit is durable, and nobody has been told. */
  committed(commit: Commit): void;
  /** The closure of a `ctx.run` begins. */
  executes(invocationId: string, name: string): void;
  /** Everything is at rest but for what is held; whether it has done something. */
  atRest(): boolean;
}

/** No request leaves the process: the name is for error messages. */
const BASE_URL = "http://test-environment.invalid";
const PARTITION = 0;
const JOURNAL_MAX = 1_000_000;

export class Runtime implements TestEnvironment {
  readonly ingress: Ingress;
  readonly client: ClientFactory;
  readonly sendClient: SendClientFactory;
  readonly faults = new FaultPlan();
  readonly #options: TestEnvironmentOptions;
  readonly #probe: Probe | undefined;
  readonly #activity = new Activity();
  readonly #time: VirtualTime | undefined;
  readonly #driver: Driver;
  readonly #endpoint: WatchedEndpoint;
  readonly #closures = new RunningClosures();
  readonly #calls: Calls;
  readonly #attachments: Ingress;
  readonly #sockets: Sockets;
  readonly #disk: Disk;
  readonly #surroundings: ProcessSurroundings;
  readonly #log: Log;
  #mismatches: Mismatch[] = [];
  #process: TestProcess | undefined;
  #closed: Promise<void> | undefined;
  #crashing: Promise<void> = Promise.resolve();

  private constructor(options: TestEnvironmentOptions, probe: Probe | undefined) {
    this.#options = options;
    this.#probe = probe;
    const { time: mode = "skip", startTime = realNow(), stuckAfterMs = STUCK_AFTER_MS } = options;
    this.#time = mode === "real" ? undefined : new VirtualTime(toInstant(startTime));
    this.#log = options.log ?? logErrors;
    this.#disk = createDisk(options.storage);
    this.#endpoint = this.#createEndpoint();
    this.#surroundings = this.#createSurroundings();
    this.#calls = new Calls({
      activity: this.#activity,
      process: () => this.#process,
      onAnswered: () => this.#driver.answered(),
    });
    this.#driver = new Driver({
      mode,
      activity: this.#activity,
      time: this.#time,
      areAttemptsAtRest: () => this.#endpoint.isAtRest,
      waitingCount: () => this.#calls.openCount,
      nextInstant: () => this.#nextInstant(),
      needsAnyTimer: () => this.#needsAnyTimer,
      releaseHeld: () => this.#probe?.atRest() === true || this.#endpoint.releaseHeld(),
      stuckAfterMs,
      onStuck: (isAtRest) => void this.#onStuck(isAtRest),
      onBug: (error) => this.#onBug(error),
    });
    const ask = (request: IngressRequest) => this.#calls.handle(request);
    this.ingress = connect({ url: BASE_URL, fetch: createIngressFetch(ask, this.#activity) });
    this.#attachments = connect({
      url: BASE_URL,
      fetch: createIngressFetch((request) => this.#attach(request), this.#activity),
    });
    const { client, sendClient } = createClients(this.ingress);
    this.client = client;
    this.sendClient = sendClient;
    this.#sockets = new Sockets({
      handle: ask,
      core: () => this.core,
      onRequest: () => this.#activity.begin(),
    });
  }

  /** Starts the server; `probe` is for the exploration of crashes. */
  static async start(options: TestEnvironmentOptions, probe?: Probe): Promise<Runtime> {
    const runtime = new Runtime(options, probe);
    try {
      runtime.#process = await TestProcess.start(runtime.#disk, runtime.#surroundings);
      return runtime;
    } catch (error) {
      runtime.#driver.close();
      throw error;
    }
  }

  // ---- where it is ------------------------------------------------------------------------------

  ingressUrl(): Promise<string> {
    return this.#sockets.ingressUrl();
  }

  adminUrl(): Promise<string> {
    return this.#sockets.adminUrl();
  }

  /** The server that runs now. */
  get core(): Core {
    return this.#running.core;
  }

  /** Reads of the store that do not count as activity. */
  get reads(): Reads {
    const reads = this.#running.reads.get(PARTITION);
    if (reads === undefined) throw new Error("the partition is being opened; try again");
    return reads;
  }

  /** Attempts that have not ended. */
  get attempts(): readonly OpenAttempt[] {
    return this.#endpoint.attempts;
  }

  get #running(): TestProcess {
    if (this.#process === undefined) throw new Error("the test environment has been closed");
    return this.#process;
  }

  // ---- time -------------------------------------------------------------------------------------

  now(): number {
    return this.#time?.now ?? realNow();
  }

  async advance(
    duration: Duration | number,
    { evenWhileRunning = false }: { readonly evenWhileRunning?: boolean } = {},
  ): Promise<void> {
    const millis = toMillis(duration);
    if (this.#time === undefined) {
      throw new Error('time is real in this environment: make it with time: "manual" or "skip"');
    }
    await this.#driver.advance(this.#time.now + Math.floor(millis), evenWhileRunning);
  }

  settled(): Promise<void> {
    return this.#driver.settled();
  }

  async runUntilIdle(): Promise<void> {
    if (this.#time !== undefined) return this.#driver.skipAll();
    for (;;) {
      await this.#driver.settled();
      const instant = this.#process && (await this.#nextInstant());
      if (instant === undefined) return;
      await new Promise<void>((resolve) => {
        afterReal(Math.max(1, instant - realNow()), resolve);
      });
    }
  }

  freeze(): () => void {
    return this.#driver.freeze();
  }

  async #nextInstant(): Promise<number | undefined> {
    const reads = this.#process?.reads.get(PARTITION);
    try {
      return reads && (await nextTimerAt(reads));
    } catch {
      // The store has gone meanwhile: what comes next will be seen.
      return undefined;
    }
  }

  /** Without a durable timer something goes on when the server loses patience, or tries again. */
  get #needsAnyTimer(): boolean {
    const { attempts } = this.#endpoint;
    return this.#process?.core.isReady === false || attempts.some(({ isHanging }) => isHanging);
  }

  async #onStuck(isAtRest: boolean): Promise<void> {
    const open = await this.explainOpen().catch(String);
    if (!isAtRest || this.#time === undefined) {
      const what = isAtRest
        ? "nothing happens"
        : "nothing happens but what a handler does by itself";
      const stands = this.#time === undefined ? "" : "; time stands still meanwhile";
      this.#log("warn", `a test waits, and ${what}${stands}. What is open:\n${open}`);
      return;
    }
    const paths = this.#calls.openPaths.join(", ");
    const text = `nothing can answer ${paths}: ${await this.#whyStuck()}. What is open:\n${open}`;
    this.#calls.answerAll(textResponse(504, text));
  }

  #onBug(error: unknown): void {
    this.#driver.close();
    this.#log("error", "the test environment has stopped: please report it", { error });
    this.#calls.close(textResponse(500, `the test environment has stopped: ${String(error)}`));
  }

  async #whyStuck(): Promise<string> {
    const { time = "skip", stuckAfterMs = STUCK_AFTER_MS } = this.#options;
    if (this.#driver.hasGivenUp) return "time has jumped to so many timers that it may never end";
    const instant = await this.#nextInstant();
    const rest = `everything has been at rest for ${stuckAfterMs} ms`;
    if (instant === undefined) return `${rest}, and no timer is set`;
    const next = `the next timer is due at ${new Date(instant).toISOString()}`;
    return time === "manual"
      ? `${rest}, and ${next}: let time pass with advance`
      : `${rest}; ${next}`;
  }

  // ---- looking into it --------------------------------------------------------------------------

  stateOf(definition: Named, key: string): StateProxy<never> {
    const service = typeof definition === "string" ? definition : definition.name;
    return createStateProxy(
      {
        core: () => this.core,
        reads: () => this.reads,
        track: (run) => this.#activity.track(run),
      },
      { service, scope: "", key },
    ) as StateProxy<never>;
  }

  invocations(filter: InvocationFilter = {}): Promise<readonly InvocationView[]> {
    return this.#activity.track(async () => {
      const now = this.now();
      const all = await readInvocations(this.reads);
      return all.map((one) => toInvocationView(one, now)).filter((view) => fits(view, filter));
    });
  }

  journalOf(invocationId: string): Promise<readonly JournalEntry[]> {
    return this.#activity.track(async () => {
      const key = parseInvocationId(invocationId);
      const detail = await this.core.introspection.read(key, { from: 0, limit: JOURNAL_MAX });
      if (detail === undefined) {
        throw new Error(`there is no invocation ${invocationId}, or it has been deleted`);
      }
      return detail.journal.items.map(toJournalEntry);
    });
  }

  awakeables(): Promise<readonly Awakeable[]> {
    return this.#activity.track(() => readAwakeables(this.reads, this.core, this.attempts));
  }

  attach<T>(invocationId: string, resultSerde: Serde<T> = serde.json): Promise<T> {
    return this.#attachments.result<T>(
      { invocationId, status: "Accepted", attachable: true },
      resultSerde,
    );
  }

  explainOpen(): Promise<string> {
    return this.#activity.track(() =>
      explainOpen({
        core: this.core,
        reads: this.reads,
        attempts: this.attempts,
        closures: this.#closures.byInvocation,
        now: this.now(),
      }),
    );
  }

  takeMismatches(): readonly Mismatch[] {
    const taken = this.#mismatches;
    this.#mismatches = [];
    return taken;
  }

  /** The result of an invocation that has completed is there even if nobody may ask for it. */
  async #attach(request: IngressRequest): Promise<IngressResponse> {
    const id = /\/invocation\/([^/]+)\/attach$/.exec(request.path)?.[1];
    const key = id === undefined ? undefined : parsedOrNone(id);
    const stored = key === undefined ? undefined : await this.#calls.resultOf(key);
    return stored ?? this.#calls.handle(request);
  }

  // ---- its end ----------------------------------------------------------------------------------

  /** The process is gone before anybody can do anything more; another starts. */
  loseProcess(): Promise<void> {
    this.#process?.kill();
    return this.crash();
  }

  /** One after the other: of two that are asked for at once, the second loses the new process. */
  async crash(): Promise<void> {
    // Gone at once: nothing that it does from here on counts.
    this.#running.kill();
    const crash = this.#activity.track(() => this.#crashing.then(() => this.#restart()));
    this.#crashing = crash.catch(() => undefined);
    await crash;
  }

  async #restart(): Promise<void> {
    const former = this.#process;
    if (former === undefined) return;
    await former.end();
    const next = await TestProcess.start(this.#disk, this.#surroundings);
    if (this.#closed !== undefined) return next.end();
    this.#process = next;
    await this.#calls.resume();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const process = this.#process;
    if (process === undefined) return;
    if (this.#calls.openCount > 0) {
      const open = await this.explainOpen().catch(String);
      const text = `the test environment was closed before this call was answered. Open were:\n`;
      this.#calls.close(textResponse(503, `${text}${open}`));
    } else this.#calls.close(textResponse(503, "the test environment is closed"));
    this.#driver.close();
    this.#process = undefined;
    await process.end();
    await this.#sockets.close();
    const mismatches = this.takeMismatches();
    if (mismatches.length > 0 && this.#failsMismatches) throw new NonDeterminismError(mismatches);
  }

  // ---- how it is made ---------------------------------------------------------------------------

  get #failsMismatches(): boolean {
    return (this.#options.nonDeterminism ?? "fail") === "fail";
  }

  #createEndpoint(): WatchedEndpoint {
    const { services, alwaysReplay = false, disableRetries = false, ...options } = this.#options;
    const around = this.#closures.around(this.faults, (run) =>
      this.#probe?.executes(run.invocationId, run.name),
    );
    const instrumented = instrument(services, options.defaultServiceOptions, around);
    const inner = createInProcessEndpoint(
      { ...endpointOptions(this.#options, this.#activity), services: instrumented },
      {
        now: () => this.now(),
        afterMicrotasks: (task) => {
          const end = this.#activity.begin();
          afterMicrotasks(() => {
            try {
              task();
            } finally {
              end();
            }
          });
        },
      },
    );
    const manifest = changeManifest(inner.manifest, { alwaysReplay, disableRetries });
    return new WatchedEndpoint(inner, manifest, {
      activity: this.#activity,
      faultOf: (service, handler) => this.faults.takeOpen(service, handler),
      said: (attempt, message) => this.#said(attempt, message),
      holdsMessages: this.#probe?.holdsMessages ?? false,
    });
  }

  #createSurroundings(): ProcessSurroundings {
    const { seed, defaults = {}, limits = {}, maxProtocolVersion = 7 } = this.#options;
    return {
      activity: this.#activity,
      time: this.#time,
      randomBytes: createRandomBytes(seed),
      log: this.#log,
      endpoint: this.#endpoint,
      defaults,
      limits,
      maxProtocolVersion,
      committed: (_process, commit) => {
        this.#calls.committed(commit);
        this.#probe?.committed(commit);
        return undefined;
      },
    };
  }

  #said(attempt: OpenAttempt, message: EndpointMessage): EndpointMessage {
    if (message.kind !== "error" || message.code !== MISMATCH_CODE) return message;
    this.#mismatches.push({
      invocationId: attempt.invocation === undefined ? "" : formatInvocationId(attempt.invocation),
      target: `${attempt.service}/${attempt.handler}`,
      message: message.message,
    });
    return this.#failsMismatches ? { ...message, behavior: ErrorBehavior.fail } : message;
  }
}

const MISMATCH_CODE = 570;

function toInstant(startTime: Date | number): number {
  const millis = Number(startTime);
  if (Number.isFinite(millis) && millis >= 0) return Math.floor(millis);
  throw new RangeError(`startTime is no instant since 1970: ${String(startTime)}`);
}

/** The options of the SDK, with a codec whose work counts as activity. */
function endpointOptions(options: TestEnvironmentOptions, activity: Activity) {
  const { defaultServiceOptions, logger, journalValueCodecProvider } = options;
  const codec =
    journalValueCodecProvider &&
    (() =>
      activity.track(async () => {
        const inner = await journalValueCodecProvider();
        return {
          encode: (bytes: Uint8Array) => inner.encode(bytes),
          decode: (bytes: Uint8Array) => activity.track(() => inner.decode(bytes)),
        };
      }));
  return {
    ...(defaultServiceOptions === undefined ? {} : { defaultServiceOptions }),
    ...(logger === undefined ? {} : { logger }),
    ...(codec === undefined ? {} : { journalValueCodecProvider: codec }),
  };
}

function textResponse(status: number, body: string): IngressResponse {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}

function parsedOrNone(id: string): InvocationKey | undefined {
  try {
    return parseInvocationId(id);
  } catch {
    return undefined;
  }
}

const logErrors: Log = (level, message, fields) => {
  if (level === "error") console.error(message, fields?.error ?? "");
  else if (level === "warn" && message.startsWith("a test waits, and")) console.warn(message);
};
