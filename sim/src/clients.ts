/** The clients of a simulation: they call, send, attach and ask, until they have an answer. */
import { formatInvocationId, type InvocationKey, parseInvocationId } from "@rejoin/protocol";
import {
  type Answer,
  type Asking,
  ask,
  limitKeyOf,
  type Question,
  scopedPath,
} from "./ingress-client.ts";
import { REUSED_KEYS } from "./plan.ts";
import { inputOf, keyOf, nodeOf } from "./program/program.ts";
import type { SeededRandom } from "./random.ts";
import type { SimContext } from "./sim-context.ts";
import type { SimProcess } from "./sim-process.ts";

/** Where clients find a server. */
export interface Servers {
  /** A process that serves, now or when there is one. */
  serving(): Promise<SimProcess>;
  isZombie(process: SimProcess): boolean;
}

const BACKOFF_MS = 40;
const BACKOFF_MS_MAX = 4000;
const TRIES_MAX = 20;
const LATER_MS_MAX = 200_000;

export class Clients {
  /** Everything that was accepted, as far as clients know. */
  readonly accepted = new Set<InvocationKey>();
  private readonly context: SimContext;
  private readonly servers: Servers;
  private readonly random: SeededRandom;

  constructor(context: SimContext, servers: Servers) {
    this.context = context;
    this.servers = servers;
    this.random = context.random.fork("clients");
  }

  /** Resolves when every client has its answer. */
  async run(): Promise<void> {
    const clients: Promise<void>[] = [];
    if (!this.context.plan.model.programs) return;
    for (const root of this.context.program.roots) {
      const { keyed } = nodeOf(this.context.program, root);
      const count = keyed ? this.random.between(1, 3) : 1;
      for (let i = 0; i < count; i++) clients.push(this.client(root));
    }
    await Promise.all(clients);
  }

  /** Asks again for what is known to be accepted: the answers must not have changed. */
  async askAgain(keys: Iterable<InvocationKey>): Promise<void> {
    for (const key of keys) {
      const verb = this.random.pick(["attach", "output"] as const);
      const path = `/restate/${verb}/${formatInvocationId(key)}`;
      let answer = await this.ask({ path });
      for (let tries = 0; answer.kind === "tryAgain" && tries < TRIES_MAX; tries++) {
        await this.pause(BACKOFF_MS);
        answer = await this.ask({ path });
      }
      if (answer.kind === "result") continue;
      if (answer.kind === "notFound" && this.isGone(key)) continue;
      const text = `${verb} of ${formatInvocationId(key)} in the end: ${JSON.stringify(answer)}`;
      this.context.violations.report("lost", text);
    }
  }

  private async client(root: number): Promise<void> {
    await this.pause(this.random.chance(0.6) ? 0 : 300);
    const isSend = this.random.chance(0.4);
    const key = isSend ? await this.send(root) : await this.call(root);
    const { keyed } = nodeOf(this.context.program, root);
    if (isSend || this.random.chance(0.3)) await this.follow(key);
    if (keyed && this.random.chance(0.5)) await this.call(root);
    if (keyed && this.context.plan.traits.includes(REUSED_KEYS)) await this.callMuchLater(root);
  }

  /** When the retention may be over: the same key is an invocation of its own then. */
  private async callMuchLater(root: number): Promise<void> {
    for (let times = this.random.below(3); times > 0; times--) {
      await this.pause(LATER_MS_MAX);
      await this.call(root);
    }
  }

  /** Calls until there is a result; each try without a key is an invocation of its own. */
  private async call(root: number): Promise<InvocationKey> {
    for (let backoffMs = BACKOFF_MS; ; backoffMs = next(backoffMs)) {
      const answer = await this.ask(this.invoke(root, "/sim/run"), this.hangUpMs());
      if (answer.kind === "result") return answer.key;
      await this.pause(backoffMs);
    }
  }

  private async send(root: number): Promise<InvocationKey> {
    const delayMs = this.random.chance(0.3) ? this.random.below(500) : undefined;
    for (let backoffMs = BACKOFF_MS; ; backoffMs = next(backoffMs)) {
      const question = this.invoke(root, "/sim/run/send", delayMs);
      const answer = await this.ask(question);
      if (answer.kind === "accepted") return answer.key;
      await this.pause(backoffMs);
    }
  }

  /** Asks for the result of what was accepted, in any way there is. */
  private async follow(key: InvocationKey): Promise<void> {
    for (let pollMs = BACKOFF_MS; ; pollMs = next(pollMs)) {
      const verb = this.random.chance(0.7) ? "attach" : "output";
      const path = `/restate/${verb}/${formatInvocationId(key)}`;
      const livesWhenAsked = this.livesOf(key);
      const answer = await this.ask({ path }, this.hangUpMs());
      if (answer.kind === "result") return;
      const wasGone = livesWhenAsked === 0 || livesWhenAsked !== this.livesOf(key);
      if (answer.kind === "notFound" && wasGone) return;
      if (answer.kind === "notFound") this.reportLost(key);
      await this.pause(pollMs);
    }
  }

  private invoke(root: number, path: string, delayMs?: number): Question {
    const { program } = this.context;
    const { flow } = nodeOf(program, root);
    return {
      path: scopedPath(path, flow),
      ...limitKeyOf(flow),
      body: inputOf(program, root),
      ...(delayMs === undefined ? {} : { delayMs }),
      ...(nodeOf(program, root).keyed ? { idempotencyKey: keyOf(root) } : {}),
    };
  }

  /** Asks a server once; goes away after `hangUpMs`. */
  async ask(question: Question, hangUpMs?: number): Promise<Answer> {
    const { context } = this;
    const process = await this.servers.serving();
    context.trace.note("ask", `${question.path} of ${process.generation}`);
    const complete = new Set(mayNotBeUnready(context));
    const asking = ask(process, question);
    if (hangUpMs !== undefined) this.hangUpLater(asking, hangUpMs);
    const answer = await asking.answer;
    context.trace.note("answer", answer.kind);
    context.stats.count(`answer ${answer.kind}`);
    if (this.servers.isZombie(process)) context.stats.count(`answer ${answer.kind} of a zombie`);
    this.check(question, answer, !this.servers.isZombie(process), complete);
    return answer;
  }

  private hangUpMs(): number | undefined {
    return this.random.chance(0.1) ? this.random.below(300) : undefined;
  }

  private hangUpLater(asking: Asking, hangUpMs: number): void {
    const { scheduler, world, stats } = this.context;
    scheduler.after(world, hangUpMs, "hang up", () => {
      stats.count("client hung up");
      asking.hangUp();
    });
  }

  private check(
    { path }: Question,
    answer: Answer,
    isCurrent: boolean,
    complete: ReadonlySet<string>,
  ): void {
    const { effects, violations } = this.context;
    if (answer.kind === "accepted") {
      effects.accepted(answer.key);
      this.accepted.add(answer.key);
    } else if (answer.kind === "result") {
      effects.answered(answer);
      this.accepted.add(answer.key);
    } else if (answer.kind === "other") {
      violations.report("wrong-answer", `${path} was answered ${answer.text}`);
    } else if (answer.kind === "notReady" && isCurrent) {
      const id = path.split("/").at(-1) ?? "";
      const known = complete.has(id) ? this.context.log.known(parseInvocationId(id)) : undefined;
      if (known?.outcome !== undefined && known.present)
        violations.report("wrong-answer", `${path}: not ready, but completed`);
    }
  }

  /** Which life of an invocation this is; 0 if it has none now. */
  private livesOf(key: InvocationKey): number {
    const known = this.context.log.known(key);
    return known?.present === true ? known.lives : 0;
  }

  private isGone(key: InvocationKey): boolean {
    const known = this.context.log.known(key);
    return known !== undefined && !known.present;
  }

  private reportLost(key: InvocationKey): void {
    const text = `${formatInvocationId(key)} was accepted and is not found`;
    this.context.violations.report("lost", text);
  }

  private pause(msMax: number): Promise<void> {
    const { scheduler, world } = this.context;
    return scheduler.sleep(world, this.random.below(msMax + 1), "client");
  }
}

function next(backoffMs: number): number {
  return Math.min(2 * backoffMs, BACKOFF_MS_MAX);
}

/** Ids of invocations that had completed durably before a question was asked. */
function* mayNotBeUnready(context: SimContext): Generator<string> {
  for (const [key, known] of context.log.invocations) {
    if (known.outcome !== undefined && known.present) yield formatInvocationId(key);
  }
}
