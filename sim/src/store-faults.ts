/** Faults of the store of one process, drawn from the seed. */
import { type Commit, StoreError } from "@rejoin/engine";
import type { MemoryFaults, ReadKind, ReadView, WriteFate } from "@rejoin/storage";
import type { SeededRandom } from "./random.ts";
import type { Life } from "./scheduler.ts";
import { disturb, type SimContext } from "./sim-context.ts";

/** Told of a commit that was made to fail. */
export type OnFailedCommit = (partition: number, commit: Commit) => void;

export class StoreFaults implements MemoryFaults {
  private readonly context: SimContext;
  private readonly random: SeededRandom;
  private readonly life: Life;
  private readonly onFailedCommit: OnFailedCommit;

  constructor(context: SimContext, life: Life, onFailedCommit: OnFailedCommit) {
    this.context = context;
    this.random = context.random.fork(`faults of ${life.name}`);
    this.life = life;
    this.onFailedCommit = onFailedCommit;
  }

  async beforeCommit(partition: number, commit: Commit): Promise<WriteFate> {
    const { failBefore, failAfter } = this.context.plan.faults;
    const fate = this.occurs("commit failed, not durable", failBefore, partition)
      ? "fail-before"
      : this.occurs("commit failed, durable", failAfter, partition)
        ? "fail-after"
        : "ok";
    await this.hold("commit", this.slowness("slow commit", "slowCommit", partition));
    if (fate !== "ok") {
      this.context.trace.note(fate, commit.number);
      this.onFailedCommit(partition, commit);
    }
    return fate;
  }

  async beforeRead(partition: number, kind: ReadKind): Promise<ReadView> {
    const { failRead, readsTakeTime } = this.context.plan.faults;
    const fails = this.occurs("read failed", failRead, partition);
    const view = this.random.chance(0.5) ? "called" : "served";
    const slowMs = this.slowness("slow read", "slowRead", partition);
    if (slowMs > 0) this.context.stats.count(`slow read, as it was when ${view}`);
    if (readsTakeTime || slowMs > 0) await this.hold(kind, slowMs);
    if (!fails) return view;
    this.context.trace.note("read fails", kind);
    throw unavailable("a read failed");
  }

  async beforeOpen(partition: number): Promise<WriteFate> {
    const { failOpen } = this.context.plan.faults;
    const fate = this.occurs("open failed", failOpen, partition)
      ? this.random.pick(["fail-before", "fail-after"] as const)
      : "ok";
    await this.hold("open", this.slowness("slow open", "slowOpen", partition));
    return fate;
  }

  async beforeSetMetadata(): Promise<WriteFate> {
    await this.hold("metadata", 0);
    if (!this.occurs("metadata failed", this.context.plan.faults.failMetadata)) return "ok";
    return this.random.pick(["fail-before", "fail-after"] as const);
  }

  async beforeGetMetadata(): Promise<void> {
    await this.hold("metadata", 0);
    if (this.occurs("metadata failed", this.context.plan.faults.failMetadata)) {
      throw unavailable("metadata could not be read");
    }
  }

  survivesCrash(_partition: number, commit: Commit): boolean {
    const survives = this.random.chance(this.context.plan.faults.survivesCrash);
    const what = survives ? "commit survived a crash" : "commit lost in a crash";
    this.context.stats.count(what);
    this.context.trace.note(what, commit.number);
    return survives;
  }

  /** How late the process learns that a commit is durable. */
  ackDelay(partition: number): number {
    const { lateAck, slowMs } = this.context.plan.faults;
    if (!this.occurs("late acknowledgement", lateAck, partition)) return 0;
    const delayMs = this.random.between(1, slowMs);
    disturb(this.context, partition, delayMs);
    return delayMs;
  }

  private slowness(
    what: string,
    rate: "slowCommit" | "slowRead" | "slowOpen",
    partition: number,
  ): number {
    const { faults } = this.context.plan;
    if (!this.occurs(what, faults[rate], partition)) return 0;
    const delayMs = this.random.between(1, faults.slowMs);
    disturb(this.context, partition, delayMs);
    return delayMs;
  }

  private occurs(what: string, probability: number, partition?: number): boolean {
    if (!this.random.chance(probability) || !this.context.faulty) return false;
    this.context.stats.count(what);
    disturb(this.context, partition);
    return true;
  }

  private hold(label: string, delayMs: number): Promise<void> {
    return this.context.scheduler.sleep(this.life, delayMs, label);
  }
}

function unavailable(message: string): StoreError {
  return new StoreError("UNAVAILABLE", `${message}, as the simulator wanted`);
}
