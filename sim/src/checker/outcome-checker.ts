/** What invocations come to: what the program gives, once and for all, unless they were disturbed. */
import type { Invocation, StoredOutcome } from "@rejoin/engine";
import { formatInvocationId } from "@rejoin/protocol";
import type { MemoryDisk } from "@rejoin/storage";
import type { Predictor } from "../program/predict.ts";
import type { Outcome } from "../program/program.ts";
import { digestOf, ENDED, latin1, parseValue } from "./digest.ts";
import type { KnownInvocation } from "./known-invocation.ts";
import { readPayloadText } from "./payload-rows.ts";
import type { Violations } from "./violations.ts";

interface Options {
  readonly disk: MemoryDisk;
  readonly predictor: Predictor;
  readonly violations: Violations;
}

/** What a server ends an invocation with by itself. */
/** The journal that it was to begin with was deleted before. */
const SOURCE_LOST = 410;
const CANCELLED = 409;

export class OutcomeChecker {
  private readonly options: Options;

  constructor(options: Options) {
    this.options = options;
  }

  /** An invocation has completed; whether it had not before. */
  note(known: KnownInvocation, header: Invocation): boolean {
    const { violations } = this.options;
    if (header.output === undefined) {
      violations.report("lost", `${name(known)} has completed without a result`);
      return false;
    }
    const { digest, outcome } = this.describe(known, header.output);
    if (known.outcome !== undefined) {
      if (known.outcome === digest) return false;
      const text = `${name(known)} first gave ${known.outcome}, then ${digest}`;
      violations.report("changed-outcome", text);
      return false;
    }
    known.outcome = digest;
    if (ENDED.has(digest)) known.touched = true;
    else this.compare(known, outcome, digest);
    return true;
  }

  private compare(known: KnownInvocation, outcome: Outcome | undefined, digest: string): void {
    const { predictor, violations } = this.options;
    const { seedOf } = known.header;
    if (seedOf !== undefined && outcome?.ok === false && outcome.code === SOURCE_LOST) {
      known.touched = true;
      return;
    }
    if (known.node < 0) {
      const wasCancelled = known.touched && outcome?.ok === false && outcome.code === CANCELLED;
      if (outcome?.ok === true || wasCancelled) return;
      violations.report("wrong-value", `${name(known)} gave ${digest}, and nobody cancelled it`);
      return;
    }
    if (known.touched) return;
    const planned = predictor.node(known.node);
    if (JSON.stringify(outcome) === JSON.stringify(planned)) return;
    const text = `${name(known)} gave ${digest}, not ${JSON.stringify(planned)}`;
    violations.report("wrong-value", text);
  }

  private describe(
    known: KnownInvocation,
    output: StoredOutcome,
  ): { readonly digest: string; readonly outcome: Outcome | undefined } {
    if (output.kind === "failure") {
      const outcome = { ok: false, code: output.failure.code } as const;
      return { digest: digestOf(output), outcome };
    }
    if (output.value.kind === "inline") {
      const { bytes: value } = output.value;
      const outcome = parseValue(latin1(value, value.length));
      return { digest: digestOf({ kind: "value", value }), outcome };
    }
    const text = readPayloadText(this.options.disk.partition(known.partition), known.key, "output");
    const value = Buffer.from(text, "latin1");
    return { digest: digestOf({ kind: "value", value }), outcome: parseValue(text) };
  }
}

function name(known: KnownInvocation): string {
  return `${formatInvocationId(known.key)} (node ${known.node})`;
}
