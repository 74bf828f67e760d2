/** One simulation: processes that come and go on one disk, clients, faults, and the end. */
import type { InProcessEndpoint } from "@rejoin/sdk";
import { TIMER_SLACK_MS } from "./checker/durable-timers.ts";
import { checkEnd, isQuiet } from "./checker/end-checks.ts";
import { checkNothingLeft, presentRuns } from "./checker/leftovers.ts";
import { Clients, type Servers } from "./clients.ts";
import { LimitOperator } from "./flow/limit-operator.ts";
import { Operators } from "./operators.ts";
import type { Chaos } from "./plan.ts";
import type { SeededRandom } from "./random.ts";
import { ScriptClients } from "./script-clients.ts";
import { disturb, type SimContext } from "./sim-context.ts";
import { SimProcess } from "./sim-process.ts";

const REBOOT_MS_MAX = 100;
const ZOMBIE_MS_MAX = 600;
const RETENTION_MS = 400_000;
const ATTEND_MS = 1500;
const WATCH_MS = 900;
const REGISTRY_MS = 3000;

export class World implements Servers {
  readonly processes: SimProcess[] = [];
  /** What waits for something to happen, for the report of a seed that is stuck. */
  phase = "starting";
  private readonly context: SimContext;
  private readonly endpoint: InProcessEndpoint;
  private readonly random: SeededRandom;
  private readonly clients: Clients;
  private readonly scripts: ScriptClients;
  private readonly operators: Operators;
  private readonly limits: LimitOperator;
  private isOver = false;
  /** Somebody is about to ask for something, or once more after a crash. */
  private isAttending = false;
  /** The process that is meant to serve. */
  private front: SimProcess | undefined;
  private readonly zombies = new Set<SimProcess>();
  private booting: Promise<void> | undefined;
  private waiting: (() => void)[] = [];
  private chaosDone = 0;

  constructor(context: SimContext, endpoint: InProcessEndpoint) {
    this.context = context;
    this.endpoint = endpoint;
    this.random = context.random.fork("world");
    this.clients = new Clients(context, this);
    this.scripts = new ScriptClients(context, this.clients);
    this.operators = new Operators(context, this);
    this.limits = new LimitOperator(context, this);
  }

  /** From the first start to the last check. */
  async run(): Promise<void> {
    void this.boot();
    void this.attend();
    void this.watchLimits();
    this.phase = "clients";
    const limits = this.limits.run();
    await Promise.all([this.clients.run(), this.scripts.run(), this.operators.run()]);
    this.phase = "work";
    await this.quiet();
    this.limits.stop();
    await limits;
    await this.quiet();
    this.context.faulty = false;
    await this.checkRegistry();
    this.phase = "last restart";
    await this.lastRestart();
    this.phase = "asking again";
    await this.clients.askAgain(this.clients.accepted);
    await this.quiet();
    this.checkReopened();
    checkEnd(this.context, this.current());
    if (this.context.plan.model.purges) await this.purge();
    else if (this.context.plan.traits.includes("short retention")) await this.expire();
    this.isOver = true;
    this.phase = "closing";
    await this.current().close();
  }

  /** Resumes who is paused and completes what is waited for, as long as someone might. */
  private async attend(): Promise<void> {
    while (!this.isOver) {
      await this.context.scheduler.sleep(this.context.world, ATTEND_MS, "attend");
      if (this.isOver) return;
      this.isAttending = true;
      await this.operators.resumeAll();
      await this.scripts.answerAll();
      this.isAttending = false;
    }
  }

  /** Looks now and then whether anybody waits for a slot in vain. */
  private async watchLimits(): Promise<void> {
    const { flow, scheduler, world } = this.context;
    const waiting = flow?.createWaitingChecker();
    while (waiting !== undefined && !this.isOver) {
      await scheduler.sleep(world, WATCH_MS, "watch limits");
      const { core } = this.front ?? {};
      if (core !== undefined) waiting.look(core);
    }
  }

  /** Told before each step: disturbs what goes on, as the plan says. Whether it did. */
  beforeStep(step: number): boolean {
    const { plan } = this.context;
    if (step === plan.healStep) this.context.faulty = false;
    if (step === plan.model.upgradeStep) this.upgrade();
    const next = plan.chaos[this.chaosDone];
    if (next === undefined || next.atStep > step || !this.context.faulty) return false;
    this.chaosDone += 1;
    this.disturb(next);
    return true;
  }

  async serving(): Promise<SimProcess> {
    for (;;) {
      const zombies = [...this.zombies].filter(({ core }) => core !== undefined);
      if (zombies.length > 0 && this.random.chance(0.4)) return this.random.pick(zombies);
      if (this.front?.core !== undefined) return this.front;
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  isZombie(process: SimProcess): boolean {
    return process !== this.front;
  }

  // ---- processes --------------------------------------------------------------------------------

  private current(): SimProcess {
    if (this.front === undefined) throw new Error("no process has ever served");
    return this.front;
  }

  /** Starts processes until one serves. */
  private boot(): Promise<void> {
    this.booting ??= this.bootUntilServing().finally(() => {
      this.booting = undefined;
    });
    return this.booting;
  }

  private async bootUntilServing(): Promise<void> {
    for (;;) {
      const generation = this.processes.length + 1;
      const process = new SimProcess(this.context, generation, this.endpoint, () =>
        this.superviseSoon(),
      );
      this.processes.push(process);
      this.context.stats.count("process started");
      if (await process.start()) {
        this.front = process;
        for (const wake of this.waiting.splice(0)) wake();
        return;
      }
      process.crash();
      this.context.stats.count("process that did not come up");
      await this.pause(REBOOT_MS_MAX);
    }
  }

  private disturb({ kind }: Chaos): void {
    const newest = this.processes.at(-1);
    if (newest === undefined) return;
    this.context.trace.note("chaos", kind);
    if (newest.core === undefined) {
      // It is starting, or has ended: whoever boots goes on with the next one.
      this.context.stats.count("crash while starting");
      newest.crash();
    } else if (kind === "zombie") this.haunt(newest);
    else void this.replace(newest, kind);
  }

  private async replace(process: SimProcess, kind: "crash" | "restart"): Promise<void> {
    this.context.stats.count(kind);
    if (kind === "crash") process.crash();
    else await process.close();
    await this.pause(REBOOT_MS_MAX);
    await this.boot();
  }

  /** Another process takes over while this one does not know yet. */
  private haunt(process: SimProcess): void {
    const { scheduler, world, stats } = this.context;
    stats.count("zombie");
    this.zombies.add(process);
    void this.boot();
    scheduler.after(world, this.random.below(ZOMBIE_MS_MAX), "zombie ends", () => {
      this.zombies.delete(process);
      process.crash();
      this.superviseSoon();
    });
  }

  private superviseSoon(): void {
    const { scheduler, world } = this.context;
    scheduler.after(world, REBOOT_MS_MAX, "supervise", () => this.superviseFront());
  }

  /** A zombie may have taken a partition back: a process that has lost one is replaced. */
  private superviseFront(): void {
    const { front, zombies } = this;
    if (front === undefined || !front.isFenced || zombies.size > 0) return;
    if (this.booting !== undefined || front.core === undefined) return;
    this.context.stats.count("leader fenced by a zombie");
    void this.replace(front, "crash");
  }

  /** Every process knows the new deployment, before anyone routes to it. */
  private upgrade(): void {
    this.context.stats.count("upgrade");
    this.context.upgraded = true;
    for (const process of this.processes) void process.upgrade();
  }

  // ---- the end ----------------------------------------------------------------------------------

  private async lastRestart(): Promise<void> {
    await this.booting;
    for (const zombie of this.zombies) zombie.crash();
    const process = this.current();
    if (this.random.chance(0.5)) process.crash();
    else await process.close();
    await this.boot();
  }

  /** Until nothing is under way any more. */
  private async quiet(): Promise<void> {
    let pollMs = 10;
    while (this.isAttending || !isQuiet(this.context, this.front)) {
      await this.context.scheduler.sleep(this.context.world, pollMs, "quiet?");
      pollMs = Math.min(2 * pollMs, 1000);
    }
  }

  /** A process that could not read a change of the registry has read it since. */
  private async checkRegistry(): Promise<void> {
    const { plan, scheduler, world, disk, violations } = this.context;
    if (plan.faults.failMetadata === 0) return;
    await scheduler.sleep(world, REGISTRY_MS, "registry");
    await this.quiet();
    const { core, generation } = this.current();
    const version = core?.registry.current.version;
    const newest = disk.getMetadata("registry")?.version;
    if (version === undefined || version === newest) return;
    const text = `process ${generation} goes by version ${version} of the registry`;
    violations.report("stale-registry", `${text}, and ${newest} is the newest`);
  }

  /** Every partition whose commit failed has been opened again. */
  private checkReopened(): void {
    const { disk, violations } = this.context;
    for (const { store, generation } of this.processes) {
      for (const { partition, epoch } of store.failedCommits) {
        if (disk.partition(partition).epoch > epoch) continue;
        const text = `partition ${partition} was not reopened by process ${generation}`;
        violations.report("not-reopened", text);
      }
    }
  }

  /** Lets the retention of everything pass: nothing may be left. */
  private async expire(): Promise<void> {
    this.phase = "retention";
    disturb(this.context);
    await this.context.scheduler.sleep(this.context.world, RETENTION_MS, "retention");
  }

  /** Deletes everything: nothing may be left when its timers are over, too. */
  private async purge(): Promise<void> {
    this.phase = "purge";
    const workflows = new Set(presentRuns(this.context));
    await this.operators.purgeAll();
    await this.quiet();
    await this.timersOver();
    checkNothingLeft(this.context, workflows);
  }

  /** Until no timer is left that could still fire. */
  private async timersOver(): Promise<void> {
    const { scheduler, world, log } = this.context;
    const last = Math.max(0, ...[...log.timers.set.values()].map(({ timer }) => timer.timeMs));
    const leftMs = Math.max(0, last - scheduler.now());
    await scheduler.sleep(world, leftMs + TIMER_SLACK_MS, "timers");
  }

  private pause(msMax: number): Promise<void> {
    const { scheduler, world } = this.context;
    return scheduler.sleep(world, this.random.below(msMax), "pause");
  }
}
