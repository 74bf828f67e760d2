/** One simulated server process: the real core on a store, with ports of its own. */
import type { InProcessEndpoint } from "@rejoin/sdk";
import { Core, type Log, type Ports } from "@rejoin/server";
import { atOrLast } from "./plan.ts";
import type { Life } from "./scheduler.ts";
import { disturb, type SimContext } from "./sim-context.ts";
import { createSimEndpoint } from "./sim-endpoint.ts";
import { createSimStore, type SimStore } from "./sim-store.ts";

export const FIRST_DEPLOYMENT = "sim";
export const SECOND_DEPLOYMENT = "upgraded";

export function deploymentIdOf(name: string): string {
  return `embedded:${name}`;
}

export class SimProcess {
  readonly generation: number;
  readonly life: Life;
  readonly store: SimStore;
  /** Resolves when the process has ended, however. */
  readonly ended: Promise<void>;
  /** Set while it serves. */
  core: Core | undefined;
  /** A partition has been taken over by another process; this one never gets it back. */
  isFenced = false;
  private readonly context: SimContext;
  private readonly endpoint: InProcessEndpoint;
  private creating: Core | undefined;
  private readonly onFenced: () => void;
  private tellEnd: () => void = () => undefined;

  constructor(
    context: SimContext,
    generation: number,
    endpoint: InProcessEndpoint,
    onFenced: () => void,
  ) {
    this.context = context;
    this.generation = generation;
    this.endpoint = endpoint;
    this.onFenced = onFenced;
    this.life = { name: `process ${generation}`, alive: true };
    const registryVersion = () => this.creating?.registry.current.version ?? 0;
    this.store = createSimStore(context, this.life, registryVersion);
    this.ended = new Promise((resolve) => {
      this.tellEnd = resolve;
    });
  }

  /** Starts up; `false` if that failed, or if the process ended before. */
  async start(): Promise<boolean> {
    const { context, life, generation } = this;
    const { plan } = context;
    disturb(context);
    try {
      this.creating = await Core.create({
        store: this.store.store,
        ports: this.createPorts(),
        limits: plan.limits,
        defaults: plan.defaults,
        maxProtocolVersion: atOrLast(plan.protocolVersions, generation - 1),
        ...(context.mutation.createCache === undefined
          ? {}
          : { createCache: context.mutation.createCache }),
      });
      this.watchRegistry(this.creating);
      await this.register(this.creating, FIRST_DEPLOYMENT);
      if (context.upgraded) await this.register(this.creating, SECOND_DEPLOYMENT);
      await this.creating.start();
    } catch (error) {
      context.trace.note("start failed", generation);
      if (life.alive) this.checkStartError(error);
      return false;
    }
    if (!life.alive) return false;
    this.core = this.creating;
    return true;
  }

  /** Makes a second deployment of all services known, to which new invocations go. */
  async upgrade(): Promise<void> {
    const { creating, life } = this;
    if (creating === undefined || !life.alive) return;
    try {
      await this.register(creating, SECOND_DEPLOYMENT);
    } catch (error) {
      // One that starts up finds that out itself; one that is being closed need not.
      if (life.alive && this.core !== undefined) this.checkStartError(error);
    }
  }

  private async register(core: Core, name: string): Promise<void> {
    const { context, life, generation } = this;
    const { epochs } = this.store;
    const deploymentId = deploymentIdOf(name);
    const outside = { context, endpoint: this.endpoint, life, generation, epochs, deploymentId };
    await core.registerEmbedded(name, createSimEndpoint(outside));
  }

  private watchRegistry({ registry }: Core): void {
    const timeline = this.context.flow?.timeline;
    if (timeline === undefined) return;
    timeline.note(registry.current);
    registry.onChange(() => timeline.note(registry.current));
  }

  /** Ends as `kill -9` would. */
  crash(): void {
    if (!this.life.alive) return;
    this.context.trace.note("crash", this.generation);
    disturb(this.context);
    this.creating?.abandon();
    this.life.alive = false;
    this.store.memory.crash();
    this.core = undefined;
    this.tellEnd();
  }

  /** Ends as SIGTERM would; resolves when it has. */
  async close(): Promise<void> {
    const { core } = this;
    if (core === undefined || !this.life.alive) return;
    this.context.trace.note("close", this.generation);
    this.core = undefined;
    disturb(this.context);
    await Promise.race([core.close(), this.ended]);
    if (!this.life.alive) return;
    disturb(this.context);
    this.life.alive = false;
    this.tellEnd();
  }

  private createPorts(): Ports {
    const { scheduler } = this.context;
    const random = this.context.random.fork(`ids of ${this.life.name}`);
    const skewMs = atOrLast(this.context.plan.clockSkewsMs, this.generation - 1);
    return {
      clock: { now: () => scheduler.readClock() + skewMs },
      timers: {
        after: (delayMs, callback) => scheduler.after(this.life, delayMs, "timer", callback),
      },
      scheduler: { soon: (callback) => scheduler.soon(this.life, "soon", callback) },
      random: { bytes: (length) => random.bytes(length) },
      log: this.log,
    };
  }

  private readonly log: Log = (level, message, fields) => {
    this.context.trace.comment(level, () => `process ${this.generation}: ${message}`);
    if (level !== "error") return;
    const error = fields?.error;
    if (error instanceof Error && "code" in error && error.code === "FENCED") {
      this.isFenced = true;
      this.onFenced();
    }
    if (error instanceof Error && isExpected(error)) return;
    const stack = error instanceof Error ? (error.stack ?? "") : "";
    this.context.violations.report("bug", `${message}\n${stack}`);
  };

  private checkStartError(error: unknown): void {
    if (error instanceof Error && isExpected(error)) return;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.context.violations.report("bug", `the start failed: ${text}`);
  }
}

/** What faults of the store look like. */
function isExpected(error: Error): boolean {
  return "code" in error && (error.code === "UNAVAILABLE" || error.code === "FENCED");
}
