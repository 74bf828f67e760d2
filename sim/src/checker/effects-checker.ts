/** Nothing leaves a process before its cause is durable. */
import { instanceOf } from "@rejoin/engine";
import {
  type EndpointMessage,
  formatInvocationId,
  type InvocationKey,
  invocationKeyFromBytes,
  type ServerMessage,
} from "@rejoin/protocol";
import type { MemoryDisk } from "@rejoin/storage";
import type { FlowChecker } from "../flow/flow-checker.ts";
import { contributionOf, type Predictor } from "../program/predict.ts";
import type { Outcome } from "../program/program.ts";
import { digestOf } from "./digest.ts";
import { binaryText } from "./disk-rows.ts";
import type { DurableLog } from "./durable-log.ts";
import type { Interventions } from "./interventions.ts";
import type { KnownInvocation } from "./known-invocation.ts";
import { describe, type SimAttempt } from "./user-code-checker.ts";
import type { Violations } from "./violations.ts";

interface Options {
  readonly log: DurableLog;
  readonly disk: MemoryDisk;
  readonly predictor: Predictor;
  readonly violations: Violations;
  readonly interventions: Interventions;
  readonly flow: FlowChecker | undefined;
}

/** The code of the answer to a second call of a workflow's run. */
const ALREADY_INVOKED = 409;

/** An answer of the ingress with a result. */
export interface ResultAnswer {
  readonly key: InvocationKey;
  readonly outcome: Outcome;
}

export class EffectsChecker {
  private readonly options: Options;
  /** What was answered first, by invocation and life. */
  private readonly answers = new Map<string, string>();
  /** The last attempt of each invocation, if it ended in a suspension. */
  private readonly suspended = new Map<InvocationKey, SimAttempt>();

  constructor(options: Options) {
    this.options = options;
  }

  /** A server passes messages to an attempt. */
  delivered(attempt: SimAttempt, messages: readonly ServerMessage[]): void {
    for (const message of messages) this.deliveredOne(attempt, message);
  }

  /** A server takes messages of an attempt. */
  received(attempt: SimAttempt, messages: readonly EndpointMessage[]): void {
    if (attempt.dropped || attempt.key === undefined) return;
    for (const { kind } of messages) {
      if (kind === "suspension") this.suspended.set(attempt.key, attempt);
      if (LAST.has(kind)) this.options.flow?.running.ended(attempt);
    }
  }

  /** A server learns that a stream is over. */
  ended(attempt: SimAttempt): void {
    this.options.flow?.running.ended(attempt);
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
    const isRun = known?.header.target.handlerKind === "workflow";
    const isRefused = isRun && !outcome.ok && outcome.code === ALREADY_INVOKED;
    if (
      known === undefined ||
      (known.outcome === undefined && !known.vanished && known.lives === 1 && !isRefused)
    ) {
      violations.report("early-answer", `${id} was answered and has no durable result`);
      return;
    }
    const given = JSON.stringify(outcome);
    if (known.touched) return;
    if (known.node < 0) {
      if (outcome.ok || isRefused) return;
      violations.report("wrong-answer", `${id} was answered ${given}`);
      return;
    }
    const planned = predictor.node(known.node);
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
    if (isNews(message)) attempt.notifications += 1;
    if (message.kind === "start") this.started(attempt, message);
    else if (message.kind === "proposeRunCompletionAck") {
      this.completionMustBeDurable(attempt, message.completionId, undefined);
    } else if ("completionId" in message && "result" in message) {
      this.completionMustBeDurable(attempt, message.completionId, digestOf(message.result));
    }
  }

  private started(attempt: SimAttempt, message: Extract<ServerMessage, { kind: "start" }>): void {
    const { id, knownEntries } = message;
    const { log, violations } = this.options;
    attempt.key = invocationKeyFromBytes(id);
    const known = log.known(attempt.key);
    if (known !== undefined && this.isCurrent(attempt, known)) {
      this.checkPin(attempt, known);
      this.checkState(attempt, known, message);
      this.checkNews(attempt, known);
      this.options.flow?.running.started(attempt, known);
    }
    this.suspended.delete(attempt.key);
    attempt.bornIn = known?.header.bornIn;
    if (known === undefined) {
      violations.report("early-start", `${describe(attempt)} was started and is not durable`);
    } else if (knownEntries > known.entries + 2) {
      const text = `${describe(attempt)} knows ${knownEntries} entries, ${known.entries} are durable`;
      violations.report("early-start", text);
    }
  }

  /** Whether the attempt is the one that its partition's leader means now. */
  private isCurrent(
    { epochs }: SimAttempt,
    { partition, header, present }: KnownInvocation,
  ): boolean {
    const isLeader = this.options.disk.partition(partition).epoch === epochs[partition];
    return isLeader && present && header.status === "invoked";
  }

  private checkPin({ deploymentId, key = "" }: SimAttempt, { header }: KnownInvocation): void {
    const { pin } = header;
    if (pin === undefined || pin.deploymentId === deploymentId) return;
    const text = `${formatInvocationId(key as InvocationKey)} is pinned to ${pin.deploymentId}`;
    this.options.violations.report("moved", `${text} and was started at ${deploymentId}`);
  }

  /** What an attempt is given as the state is the state. */
  private checkState(
    attempt: SimAttempt,
    { header: { target } }: KnownInvocation,
    { stateMap, partialState }: Extract<ServerMessage, { kind: "start" }>,
  ): void {
    if (target.handlerKind === "service") return;
    const { states } = this.options.log;
    const instance = instanceOf(target);
    const given = new Map(stateMap.map(({ key, value }) => [binaryText(key), binaryText(value)]));
    const isAlone = target.handlerKind !== "shared" && !states.changesBeside(instance);
    const now = states.now(instance);
    const isRight = partialState
      ? [...given].every(([name, value]) =>
          isAlone ? now.get(name) === value : states.everHad(instance, name, value),
        )
      : isAlone
        ? isSame(given, now)
        : states.wasSince(instance, given, attempt.openedAt - 1);
    if (isRight) return;
    const text = `${describe(attempt)} was given ${JSON.stringify([...given])}`;
    this.options.violations.report("stale-state", `${text}, not ${JSON.stringify([...now])}`);
  }

  /** After a suspension there must be something that the attempt had not been told. */
  private checkNews({ key, order, epochs }: SimAttempt, known: KnownInvocation): void {
    const { header, partition } = known;
    const last = key === undefined ? undefined : this.suspended.get(key);
    if (last === undefined || last.bornIn !== header.bornIn || order <= last.order) return;
    // A new leader may not know of the suspension.
    if (last.epochs[partition] !== epochs[partition]) return;
    const { interventions } = this.options;
    const wasResumed = key !== undefined && interventions.has(key, "resume", "pause", "cancel");
    if (wasResumed || header.notificationCount > last.notifications) return;
    const text = `${describe(last)} was suspended and resumed, and there is nothing new`;
    this.options.violations.report("spurious-resume", text);
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

/** What ends an attempt. */
const LAST: ReadonlySet<string> = new Set(["suspension", "error", "end"]);

/** Something of the journal that comes from elsewhere. */
function isNews(message: ServerMessage): boolean {
  if (message.kind === "signal" || message.kind === "proposeRunCompletionAck") return true;
  return "completionId" in message && "result" in message;
}

function isSame(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([name, value]) => b.get(name) === value);
}
