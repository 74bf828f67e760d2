/** All that is checked of concurrency limits; there is none in a simulation without them. */
import { Tag, tagRange } from "@rejoin/engine";
import { binaryText, rowsIn } from "../checker/disk-rows.ts";
import { LimiterLog, type LimiterLogOptions } from "./limiter-log.ts";
import { RegistryTimeline } from "./registry-timeline.ts";
import { RunningChecker } from "./running-checker.ts";
import { WaitingChecker } from "./waiting-checker.ts";

type Options = Omit<LimiterLogOptions, "timeline"> & {
  readonly disturbedAt: (partition: number) => number;
};

export class FlowChecker {
  readonly timeline = new RegistryTimeline();
  readonly limiters: LimiterLog;
  readonly running: RunningChecker;
  private readonly options: Options;

  constructor(options: Options) {
    this.options = options;
    const { timeline } = this;
    this.limiters = new LimiterLog({ ...options, timeline });
    this.running = new RunningChecker({ ...options, timeline, log: this.limiters });
  }

  createWaitingChecker(): WaitingChecker {
    return new WaitingChecker({ ...this.options, log: this.limiters });
  }

  /** Everything has ended: no slot is taken, and nobody waits for one. */
  checkEnd(partitionCount: number): void {
    const { disk, violations } = this.options;
    for (let partition = 0; partition < partitionCount; partition++) {
      for (const tag of [Tag.limiter, Tag.slot]) {
        for (const { key } of rowsIn(disk.partition(partition), tagRange(tag))) {
          const text = `partition ${partition} has a row ${JSON.stringify(binaryText(key))}`;
          violations.report("leftover", `${text} of a limit, and nothing runs`);
        }
      }
    }
  }
}
