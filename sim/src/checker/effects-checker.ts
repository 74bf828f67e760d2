/** Nothing leaves a process before its cause is durable. */
import {
  formatInvocationId,
  type InvocationKey,
  invocationKeyFromBytes,
  type ServerMessage,
} from "@rejoin/protocol";
import { contributionOf, type Predictor } from "../program/predict.ts";
import type { Outcome } from "../program/program.ts";
import { digestOf } from "./digest.ts";
import type { DurableLog } from "./durable-log.ts";
import { describe, type SimAttempt } from "./user-code-checker.ts";
import type { Violations } from "./violations.ts";

interface Options {
  readonly log: DurableLog;
  readonly predictor: Predictor;
  readonly violations: Violations;
}

/** An answer of the ingress with a result. */
export interface ResultAnswer {
  readonly key: InvocationKey;
  readonly outcome: Outcome;
}

export class EffectsChecker {
  private readonly options: Options;
  /** What was answered first, by invocation and life. */
  private readonly answers = new Map<string, string>();

  constructor(options: Options) {
    this.options = options;
  }

  /** A server passes messages to an attempt. */
  delivered(attempt: SimAttempt, messages: readonly ServerMessage[]): void {
    for (const message of messages) this.deliveredOne(attempt, message);
  }

  /** A request has been answered with 202: it must be on the disk, or have been. */
  accepted(key: InvocationKey): void {
    if (this.options.log.known(key) !== undefined) return;
    const text = `${formatInvocationId(key)} was accepted and is not durable`;
    this.options.violations.report("early-answer", text);
  }

  /** A request has been answered with a result. */
  answered({ key, outcome }: ResultAnswer): void {
    const { log, violations, predictor } = this.options;
    const known = log.known(key);
    const id = formatInvocationId(key);
    if (
      known === undefined ||
      (known.outcome === undefined && !known.vanished && known.lives === 1)
    ) {
      violations.report("early-answer", `${id} was answered and has no durable result`);
      return;
    }
    const planned = predictor.node(known.node);
    const given = JSON.stringify(outcome);
    if (planned.ok !== outcome.ok || contributionOf(planned) !== contributionOf(outcome)) {
      violations.report("wrong-answer", `${id} was answered ${given}`);
    }
    const name = `${known.lives} ${key}`;
    const before = this.answers.get(name) ?? given;
    this.answers.set(name, before);
    if (before !== given) {
      violations.report("changed-outcome", `${id} was answered ${before}, then ${given}`);
    }
  }

  private deliveredOne(attempt: SimAttempt, message: ServerMessage): void {
    if (message.kind === "start") this.started(attempt, message);
    else if (message.kind === "proposeRunCompletionAck") {
      this.completionMustBeDurable(attempt, message.completionId, undefined);
    } else if ("completionId" in message && "result" in message) {
      this.completionMustBeDurable(attempt, message.completionId, digestOf(message.result));
    }
  }

  private started(
    attempt: SimAttempt,
    { id, knownEntries }: Extract<ServerMessage, { kind: "start" }>,
  ): void {
    const { log, violations } = this.options;
    attempt.key = invocationKeyFromBytes(id);
    const known = log.known(attempt.key);
    if (known === undefined) {
      violations.report("early-start", `${describe(attempt)} was started and is not durable`);
    } else if (knownEntries > known.entries + 2) {
      const text = `${describe(attempt)} knows ${knownEntries} entries, ${known.entries} are durable`;
      violations.report("early-start", text);
    }
  }

  private completionMustBeDurable(
    attempt: SimAttempt,
    completionId: number,
    digest: string | undefined,
  ): void {
    const { log, violations } = this.options;
    const known = attempt.key === undefined ? undefined : log.known(attempt.key);
    const durable = known?.completions.get(completionId);
    if (durable !== undefined && (digest === undefined || digest === durable.digest)) return;
    const what = durable === undefined ? "not durable" : `durable as ${durable.digest}`;
    const text = `${describe(attempt)} was told completion ${completionId}, which is ${what}`;
    violations.report("early-delivery", `${text} (${digest ?? "acknowledgement"})`);
  }
}
