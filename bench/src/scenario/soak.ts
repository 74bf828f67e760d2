/**
 * Fan-outs, one after the other, for minutes, of which the server forgets what is older than one:
 * whether it becomes slower, and whether its store stops growing.
 */
import type { Session } from "../target/target.ts";
import { expectedSum } from "../work/works.ts";
import { call } from "./calls.ts";
import { type CommitTimes, commitTimesBetween, readCommitTimes } from "./commit-times.ts";
import { type Metric, MIB, type Scenario, type ScenarioContext, withSession } from "./scenario.ts";

/** By then what is older than the retention is being deleted. */
const STEADY_MINUTE = 3;

export interface SoakOptions {
  readonly minutes: number;
  readonly subtasks: number;
  /** Less in a test. */
  readonly minuteMs: number;
}

interface Minute {
  readonly perSecond: number;
  readonly dataBytes: number;
}

export function createSoak(options: SoakOptions): Scenario {
  return {
    name: "soak",
    repeated: false,
    measure: (target, context) =>
      withSession(target, context, async (session) => {
        const before = await readCommitTimes(session, context.limitMs);
        const minutes: Minute[] = [];
        for (let number = 1; number <= options.minutes; number++) {
          const minute = await soakMinute(session, options, context);
          minutes.push(minute);
          const { perSecond, dataBytes } = minute;
          const mib = (dataBytes / MIB).toFixed(1);
          context.progress(
            `soak ${target.name} minute ${number}: ${perSecond.toFixed(0)}/s, ${mib} MiB`,
          );
        }
        const after = await readCommitTimes(session, context.limitMs);
        return toMetrics(minutes, commitTimesBetween(before, after));
      }),
  };
}

async function soakMinute(
  session: Session,
  { subtasks, minuteMs }: SoakOptions,
  context: ScenarioContext,
): Promise<Minute> {
  const startedAt = performance.now();
  let done = 0;
  while (performance.now() - startedAt < minuteMs) {
    const sum = await Promise.race([
      call<number>(session.ingressUrl, "/soak/fanout", subtasks, context),
      session.failed,
    ]);
    if (sum !== expectedSum(subtasks)) throw new Error(`a wrong answer: ${sum}`);
    done += subtasks;
  }
  const perSecond = (done / (performance.now() - startedAt)) * 1000;
  return { perSecond, dataBytes: session.dataBytes() };
}

function toMetrics(
  minutes: readonly Minute[],
  commits: CommitTimes | undefined,
): readonly Metric[] {
  const second = minutes[1];
  const last = minutes.at(-1);
  const steady = minutes.slice(STEADY_MINUTE - 1);
  const from = steady[0];
  const toLast =
    minutes.length > 2 && second && last ? last.perSecond / second.perSecond : undefined;
  const deviation =
    from === undefined || steady.length < 2
      ? undefined
      : Math.max(...steady.map(({ dataBytes }) => Math.abs(dataBytes / from.dataBytes - 1))) * 100;
  return [
    { metric: "rate of the last minute", unit: "per second", value: last?.perSecond },
    { metric: "the last minute's rate over the second's", unit: "ratio", value: toLast },
    { metric: "store at the end", unit: "MiB", value: last && last.dataBytes / MIB },
    { metric: "store off its size at minute 3", unit: "%", value: deviation },
    { metric: "p99 of commits, at most", unit: "ms", value: commits?.p99Ms },
  ];
}
