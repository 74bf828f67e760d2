/** Messages between partitions: each consumed once, in the order in which they were sent. */
import type { Commit, MessageSequence } from "@rejoin/engine";
import type { Stats } from "../stats.ts";
import type { Violations } from "./violations.ts";

interface Lane {
  /** In the order in which they were sent. */
  readonly waiting: MessageSequence[];
}

export class MailboxLog {
  private readonly lanes = new Map<string, Lane>();
  private readonly violations: Violations;
  private readonly stats: Stats;

  constructor(violations: Violations, stats: Stats) {
    this.violations = violations;
    this.stats = stats;
  }

  /** Messages that were sent and not consumed. */
  get waiting(): number {
    let count = 0;
    for (const lane of this.lanes.values()) count += lane.waiting.length;
    return count;
  }

  committed(partition: number, commit: Commit): void {
    for (const { destination, sequence } of commit.messages) {
      this.lane(partition, destination).waiting.push(sequence);
      this.stats.count("message between partitions");
    }
    for (const { source, sequence } of commit.consumed) {
      const next = this.lane(source, partition).waiting.shift();
      const inOrder = next?.commit === sequence.commit && next.index === sequence.index;
      if (inOrder) continue;
      const text = `${partition} consumed ${show(sequence)} of ${source}, next was ${show(next)}`;
      this.violations.report("mailbox", text);
    }
  }

  private lane(source: number, destination: number): Lane {
    const name = `${source} ${destination}`;
    let lane = this.lanes.get(name);
    if (lane === undefined) {
      lane = { waiting: [] };
      this.lanes.set(name, lane);
    }
    return lane;
  }
}

function show(sequence: MessageSequence | undefined): string {
  return sequence === undefined ? "nothing" : `message ${sequence.commit}.${sequence.index}`;
}
