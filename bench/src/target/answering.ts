/**
 * The inner side of a Node process that is measured. It greets the benchmark once it is ready,
 * answers each {@link Request} with one message, and does not outlive the benchmark.
 */
import type { Serializable } from "node:child_process";
import { CpuRecorder } from "../profile/cpu-recorder.ts";
import { type OwnUsage, ownUsage } from "./own-usage.ts";
import type { Counters } from "./target.ts";

export type Request =
  | { readonly kind: "usage" }
  | { readonly kind: "startProfile" }
  | { readonly kind: "stopProfile"; readonly file: string };

/** The answer to `usage`. */
export interface UsageAnswer {
  readonly usage: OwnUsage;
  readonly counters?: Counters;
}

export interface AnswerOptions<Greeting extends Serializable> {
  readonly greeting: Greeting;
  readonly counters?: () => Counters;
}

/** Greets, and answers from now on. */
export function answerBenchmark<Greeting extends Serializable>({
  greeting,
  counters,
}: AnswerOptions<Greeting>): void {
  const recorder = new CpuRecorder();
  const answer = async (request: Request): Promise<Serializable> => {
    switch (request.kind) {
      case "usage":
        return { usage: ownUsage(), ...(counters && { counters: counters() }) };
      case "startProfile":
        await recorder.start();
        return {};
      case "stopProfile":
        await recorder.stop(request.file);
        return {};
    }
  };
  process.on("message", (request: Request) => {
    void answer(request).then((message) => process.send?.(message));
  });
  process.on("disconnect", () => process.exit());
  process.send?.(greeting);
}
