/** Operators: they do things to invocations and objects at random moments, and check the answers. */
import { type Instance, instanceId, type Operation, type OperationResult } from "@rejoin/engine";
import { formatInvocationId, type InvocationKey } from "@rejoin/protocol";
import type { AskedMutation, Intervention } from "./checker/interventions.ts";
import type { KnownInvocation } from "./checker/known-invocation.ts";
import { versionOf } from "./checker/state-checker.ts";
import type { Servers } from "./clients.ts";
import type { SeededRandom } from "./random.ts";
import { OBJECT, WORKFLOW } from "./script/script.ts";
import type { SimContext } from "./sim-context.ts";
import { deploymentIdOf, FIRST_DEPLOYMENT, SECOND_DEPLOYMENT } from "./sim-process.ts";

const PAUSE_MS_MAX = 150;
const TRIES_MAX = 50;
const BURST = 7;
const NAMES = ["a", "b", "x"];
/** The version of no state at all: it may come back, as no other one does. */
const EMPTY = versionOf(new Map());

type Answer = OperationResult | "unknown";

export class Operators {
  private readonly context: SimContext;
  private readonly servers: Servers;
  private readonly random: SeededRandom;
  /** Draws whose state is changed. */
  private readonly drawn: SeededRandom;
  private values = 0;

  constructor(context: SimContext, servers: Servers) {
    this.context = context;
    this.servers = servers;
    this.random = context.random.fork("operators");
    this.drawn = context.random.fork("operators' objects");
  }

  /** Does what the plan says, one thing after the other. */
  async run(): Promise<void> {
    const { model, flow } = this.context.plan;
    const { actions, scriptClients } = model;
    for (let done = 0; done < actions + (flow?.operations ?? 0); done++) {
      await this.pause();
      if (scriptClients > 0 && this.random.chance(0.25)) await this.mutateOften();
      else await this.operateAny();
    }
  }

  /** Resumes whoever is paused. */
  async resumeAll(): Promise<void> {
    for (const known of this.all()) {
      if (known.header.status !== "paused") continue;
      const moves = this.context.upgraded && this.random.chance(0.5);
      const deployment = moves ? this.drawDeployment() : "keep";
      await this.operate(known, { kind: "resume", deployment });
    }
  }

  /** Deletes everything that has completed, and all state. */
  async purgeAll(): Promise<void> {
    for (const known of this.all()) {
      await this.untilKnown(() => this.operate(known, { kind: "purge" }));
    }
    const nothing = new Map<string, string>();
    for (const place of this.places()) {
      await this.untilKnown(() => this.replaceState(place, nothing, undefined));
    }
  }

  /** Asks again until there is an answer. */
  async untilKnown(ask: () => Promise<Answer>): Promise<Answer> {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const answer = await ask();
      if (answer !== "unknown") return answer;
      await this.pause();
    }
    return "unknown";
  }

  /** The objects and workflows whose state may have been changed. */
  private *places(): Generator<Instance> {
    const { model, flow } = this.context.plan;
    for (const scope of ["", ...(flow?.scopes ?? [])]) {
      for (let number = 0; number < model.script.keys; number++) {
        yield { service: OBJECT, scope, key: `k${number}` };
        yield { service: WORKFLOW, scope, key: `w${number}` };
      }
    }
  }

  private all(): readonly KnownInvocation[] {
    return [...this.context.log.invocations.values()].filter(({ present }) => present);
  }

  // ---- invocations ------------------------------------------------------------------------------

  private async operateAny(): Promise<void> {
    const { random } = this;
    const all = this.all();
    if (all.length === 0) return;
    const alive = all.filter(({ header }) => header.status !== "completed");
    const known =
      this.pickLimited(alive) ?? random.pick(alive.length > 0 && random.chance(0.7) ? alive : all);
    await this.operate(known, this.drawOperation(known));
  }

  /** Now and then, where there are limits: one that waits for a slot, or has one. */
  private pickLimited(alive: readonly KnownInvocation[]): KnownInvocation | undefined {
    const { random, context } = this;
    if (context.flow === undefined || !random.chance(0.6)) return undefined;
    const waiting = alive.filter(({ header }) => header.waitingFor !== undefined);
    const holding = alive.filter(({ header }) => header.slots.length > 0);
    const some = waiting.length > 0 && random.chance(0.7) ? waiting : holding;
    return some.length === 0 ? undefined : random.pick(some);
  }

  private drawOperation(known: KnownInvocation): Operation {
    const { random } = this;
    const isOver = known.header.status === "completed";
    const deployment = this.drawDeployment();
    // Now and then what makes no sense: it must be refused.
    if (isOver !== random.chance(0.1)) {
      const kind = random.pick(["purge", "purgeJournal", "restart", "restart"] as const);
      if (kind !== "restart") return { kind };
      const { journalLength } = known.header;
      // Scripts tell others their id: on the SDK, one that goes on as another differs from its journal.
      const mayGoOn = known.node >= 0 || !this.context.plan.model.sdkScripts;
      const from = mayGoOn && random.chance(0.5) ? random.below(journalLength + 2) : 0;
      return { kind, from, deployment };
    }
    const kind = random.pick(["cancel", "kill", "pause", "pause", "resume"] as const);
    return kind === "resume" ? { kind, deployment } : { kind };
  }

  private drawDeployment() {
    const { random } = this;
    if (random.chance(0.4)) return "keep";
    if (random.chance(0.6)) return "latest";
    return { id: deploymentIdOf(random.pick([FIRST_DEPLOYMENT, SECOND_DEPLOYMENT])) };
  }

  /** What is asked for may happen from now on, whatever the answer is. */
  private note(key: InvocationKey, operation: Operation): void {
    const { interventions, stats, trace } = this.context;
    const { kind } = operation;
    interventions.note(key, kind satisfies Intervention);
    const { header } = this.context.log.known(key) ?? {};
    if (header?.waitingFor !== undefined) stats.count(`waiting for a slot: ${kind}`);
    else if (header !== undefined && header.slots.length > 0) stats.count(`with a slot: ${kind}`);
    if (kind === "resume" && operation.deployment !== "keep") interventions.note(key, "redeploy");
    stats.count(`operation ${kind}`);
    trace.note(`operate ${kind}`, key);
  }

  private async operate(known: KnownInvocation, operation: Operation): Promise<Answer> {
    const { key, lives } = known;
    this.note(key, operation);
    const process = await this.servers.serving();
    const { core } = process;
    if (core === undefined) return "unknown";
    const lost = process.ended.then((): Answer => "unknown");
    const asked = core.operations.operate(key, operation).catch((error): Answer => {
      if (error instanceof Error && isExpected(error)) return "unknown";
      throw error;
    });
    const answer = await Promise.race([asked, lost]);
    const what = answer === "unknown" ? "unknown" : nameOf(answer);
    this.context.stats.count(`${operation.kind}: ${what}`);
    this.context.trace.note("operated", what);
    if (answer !== "unknown" && known.lives === lives) this.check(known, operation, answer);
    return answer;
  }

  /** What has been answered must be so on the disk. */
  private check(known: KnownInvocation, { kind }: Operation, answer: OperationResult): void {
    const { header, present } = known;
    const isOver = !present || header.status === "completed";
    if (answer.kind === "restarted") {
      const restarted = this.context.log.known(answer.key);
      if (restarted?.header.restartedFrom !== known.key) this.report(known, kind, answer);
      return;
    }
    if (answer.kind === "done") {
      const isDone = {
        cancel: isOver,
        kill: isOver,
        purge: !present,
        purgeJournal: !present || header.journalLength === 0 || !header.hasJournalRows,
        pause: true,
        resume: true,
        restart: false,
      }[kind];
      if (!isDone) this.report(known, kind, answer);
    } else if (answer.kind === "requested" && kind === "cancel") {
      if (!isOver && header.cancelIndex === 0) this.report(known, kind, answer);
    } else if (answer.kind === "refused" && answer.reason === "notFound" && present) {
      this.report(known, kind, answer);
    }
  }

  private report(known: KnownInvocation, what: string, answer: OperationResult): void {
    const { status } = known.header;
    const text = `${what} of ${formatInvocationId(known.key)} was answered ${nameOf(answer)}`;
    const is = known.present ? status : "gone";
    this.context.violations.report("not-done", `${text}, and it is ${is}`);
  }

  // ---- state ------------------------------------------------------------------------------------

  /** Once, or more often than an object takes in one go. */
  private async mutateOften(): Promise<void> {
    const key = this.random.below(this.context.plan.model.script.keys);
    const times = this.random.chance(0.15) ? BURST : 1;
    const place = this.drawPlace(key);
    await Promise.all(Array.from({ length: times }, () => this.mutate(place)));
  }

  /** An object, or a workflow, which may be running. */
  private drawPlace(number: number): Instance {
    const { drawn, context } = this;
    const scopes = context.plan.flow?.scopes ?? [];
    const running = this.all().filter(({ header }) => {
      const { handlerKind } = header.target;
      const hasState = handlerKind === "workflow" || handlerKind === "exclusive";
      return hasState && header.status !== "completed";
    });
    if (running.length > 0 && drawn.chance(0.4)) {
      const { service, scope = "", key } = drawn.pick(running).header.target;
      return { service, scope, key };
    }
    const scope = drawn.chance(0.5) ? "" : drawn.pick(["", ...scopes]);
    return drawn.chance(0.3)
      ? { service: WORKFLOW, scope, key: `w${number}` }
      : { service: OBJECT, scope, key: `k${number}` };
  }

  private async mutate(place: Instance): Promise<void> {
    const { random, context } = this;
    const entries = new Map<string, string>();
    for (const name of NAMES) {
      if (!random.chance(0.5)) continue;
      this.values += 1;
      entries.set(name, `m${this.values};`);
    }
    const present = versionOf(context.log.states.now(instanceId(place)));
    const version = random.pick([undefined, undefined, present, "another"]);
    await this.replaceState(place, entries, version);
  }

  private async replaceState(
    place: Instance,
    values: ReadonlyMap<string, string>,
    version: string | undefined,
  ): Promise<Answer> {
    const { context } = this;
    const asked: AskedMutation = {
      instance: instanceId(place),
      entries: values,
      version,
      state: "asked",
      answer: undefined,
    };
    context.interventions.mutations.push(asked);
    context.stats.count("operation mutateState");
    if (place.service === WORKFLOW) context.stats.count("operation mutateState of a workflow");
    const process = await this.servers.serving();
    const { core } = process;
    if (core === undefined) return "unknown";
    const encoder = new TextEncoder();
    const entries = [...values].map(([name, value]) => ({
      key: encoder.encode(name),
      value: encoder.encode(value),
    }));
    const lost = process.ended.then((): Answer => "unknown");
    const told = core.operations.mutateState(place, { entries, version }).catch((error): Answer => {
      if (error instanceof Error && isExpected(error)) return "unknown";
      throw error;
    });
    const answer = await Promise.race([told, lost]);
    if (answer !== "unknown") this.checkMutation(asked, answer);
    context.stats.count(`mutateState: ${answer === "unknown" ? answer : nameOf(answer)}`);
    return answer;
  }

  private checkMutation(asked: AskedMutation, { kind }: OperationResult): void {
    if (kind === "restarted") return;
    asked.answer = kind;
    this.checkUpdates(asked);
    // One that came later may have hidden it, in the same commit.
    const isAlone = this.context.interventions.mutations.every(
      ({ instance, answer }) => instance !== asked.instance || answer !== undefined,
    );
    const isSeen = asked.state !== "asked" || asked.entries.size === 0 || !isAlone;
    const isWrong =
      (kind === "done" && !isSeen) || (kind === "refused" && asked.state === "applied");
    if (!isWrong) return;
    const text = `a change of state was answered ${kind} and is ${asked.state}`;
    this.context.violations.report("not-done", text);
  }

  /** Of two who expect the same state, one comes too late. */
  private checkUpdates({ instance, version, answer }: AskedMutation): void {
    if (version === undefined || version === EMPTY || answer !== "done") return;
    const { mutations } = this.context.interventions;
    const same = mutations.filter(
      (other) =>
        other.instance === instance && other.version === version && other.answer === "done",
    );
    if (same.length < 2) return;
    const text = `${same.length} changes of state were made that all expected version ${version}`;
    this.context.violations.report("lost-update", text);
  }

  private pause(): Promise<void> {
    const { scheduler, world } = this.context;
    return scheduler.sleep(world, this.random.below(PAUSE_MS_MAX), "operator");
  }
}

function nameOf(answer: OperationResult): string {
  return answer.kind === "refused" ? `refused ${answer.reason}` : answer.kind;
}

/** The partition could not say. */
function isExpected(error: Error): boolean {
  return error.name === "UnavailableError" || ("code" in error && error.code === "UNAVAILABLE");
}
