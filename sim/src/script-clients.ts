/** Clients of objects and workflows; and those who complete what scripts wait for. */
import {
  FIRST_USER_SIGNAL_INDEX,
  formatAwakeableId,
  formatInvocationId,
  type InvocationKey,
  type SignalNotification,
} from "@rejoin/protocol";
import type { Clients } from "./clients.ts";
import { Flows } from "./flow/flow-plan.ts";
import { limitKeyOf, type Question, scopedPath } from "./ingress-client.ts";
import type { SeededRandom } from "./random.ts";
import { ScriptGenerator } from "./script/generate-script.ts";
import type { Waiting } from "./script/machine.ts";
import { type Callee, HELPER, type Script, type ScriptInput, WORKFLOW } from "./script/script.ts";
import type { SimContext } from "./sim-context.ts";

const CALLS_MAX = 4;
const PAUSE_MS_MAX = 200;
const LATE_MS_MAX = 3000;
const ANSWERS_PER_LIFE_MAX = 6;

export class ScriptClients {
  private readonly context: SimContext;
  private readonly clients: Clients;
  private readonly random: SeededRandom;
  private readonly generator: ScriptGenerator;
  private answers = 0;
  /** How often what is waited for has been brought about. */
  private readonly answered = new Map<string, number>();

  constructor(context: SimContext, clients: Clients) {
    this.context = context;
    this.clients = clients;
    this.random = context.random.fork("script clients");
    const shape = context.plan.model.script;
    const { flow } = context.plan;
    const flows = flow && new Flows(flow, context.random.fork("flows of scripts"));
    this.generator = new ScriptGenerator(context.random.fork("scripts"), shape, flows);
  }

  async run(): Promise<void> {
    const { scriptClients } = this.context.plan.model;
    await Promise.all(Array.from({ length: scriptClients }, () => this.client()));
  }

  /** Calls, sends, and completes what others wait for. */
  private async client(): Promise<void> {
    const { random } = this;
    for (let calls = random.between(1, CALLS_MAX); calls > 0; calls--) {
      await this.pause(PAUSE_MS_MAX);
      const callee = this.generator.root();
      const isSend = random.chance(0.8);
      const delayMs = isSend && random.chance(0.2) ? random.below(300) : undefined;
      const path = pathOf(callee) + (isSend ? "/send" : "");
      await this.untilAnswered(
        {
          path: scopedPath(path, callee.flow),
          ...limitKeyOf(callee.flow),
          body: { script: callee.script } satisfies ScriptInput,
          ...(delayMs === undefined ? {} : { delayMs }),
          ...(random.chance(0.2) && callee.handler !== "run"
            ? { idempotencyKey: `script ${random.below(4)}` }
            : {}),
        },
        isSend ? undefined : PAUSE_MS_MAX,
      );
      if (random.chance(0.5)) await this.answerSome();
    }
  }

  /** Asks until the request is durable, or has a result; a call may be given up. */
  private async untilAnswered(question: Question, patienceMs?: number): Promise<void> {
    const { scheduler } = this.context;
    const until = scheduler.now() + (patienceMs ?? Number.POSITIVE_INFINITY);
    for (;;) {
      const hangUpMs = patienceMs === undefined ? undefined : Math.max(1, until - scheduler.now());
      const { kind } = await this.clients.ask(question, hangUpMs);
      if (kind === "accepted" || kind === "result") return;
      if (scheduler.now() >= until) return;
      await this.pause(PAUSE_MS_MAX);
    }
  }

  // ---- what scripts wait for --------------------------------------------------------------------

  /** Brings about some of what scripts wait for: early, late, twice. */
  private async answerSome(): Promise<void> {
    const open = this.open();
    if (open.length === 0) return;
    const [key, waiting] = this.random.pick(open);
    if (this.random.chance(0.3)) await this.pause(LATE_MS_MAX);
    const times = this.random.chance(0.2) ? 2 : 1;
    for (let time = 0; time < times; time++) await this.bringAbout(key, waiting);
    if (times > 1) this.context.stats.count("completed twice");
  }

  /** Brings about all that scripts still wait for, when nobody else will. */
  async answerAll(): Promise<void> {
    for (const [key, waiting] of this.open()) await this.bringAbout(key, waiting);
  }

  private open(): (readonly [InvocationKey, Waiting])[] {
    const open: (readonly [InvocationKey, Waiting])[] = [];
    for (const [key, all] of this.context.userCode.waiting) {
      const known = this.context.log.known(key);
      if (known?.present !== true || known.header.status === "completed") continue;
      for (const [text, waiting] of all) {
        const times = this.answered.get(`${known.lives} ${text} ${key}`) ?? 0;
        if (times < ANSWERS_PER_LIFE_MAX) open.push([key, waiting]);
      }
    }
    return open;
  }

  private async bringAbout(key: InvocationKey, waiting: Waiting): Promise<void> {
    const known = this.context.log.known(key);
    const name = `${known?.lives ?? 0} ${JSON.stringify(waiting)} ${key}`;
    this.answers += 1;
    const value = `a${this.answers}`;
    const isDone =
      waiting.for === "awakeable"
        ? await this.complete(key, waiting.index, value)
        : await this.askSomeone(key, waiting, value);
    if (isDone) this.answered.set(name, (this.answered.get(name) ?? 0) + 1);
  }

  /** Whether it was acknowledged. */
  private async complete(key: InvocationKey, index: number, value: string): Promise<boolean> {
    const { log, stats } = this.context;
    const known = log.known(key);
    const lives = known?.lives ?? 0;
    const wasAlive = known?.present === true && known.header.status !== "completed";
    const rejects = this.random.chance(0.2);
    const verb = rejects ? "reject" : "resolve";
    const path = `/restate/awakeables/${formatAwakeableId(key, index)}/${verb}`;
    const { kind } = await this.clients.ask({ path, body: value });
    stats.count(`awakeable at the ingress: ${kind}`);
    if (kind !== "done" || !wasAlive || index < FIRST_USER_SIGNAL_INDEX) return kind === "done";
    const text = JSON.stringify(value);
    const result: SignalNotification["result"] = rejects
      ? { kind: "failure", failure: { code: 500, message: text } }
      : { kind: "value", value: new TextEncoder().encode(text) };
    log.signals.acknowledged(key, lives, { kind: "signal", signalIndex: index, result });
    return true;
  }

  /** A helper sends the signal; the workflow itself completes its promise. */
  private async askSomeone(
    key: InvocationKey,
    waiting: Exclude<Waiting, { for: "awakeable" }>,
    value: string,
  ): Promise<boolean> {
    const { name } = waiting;
    const target = this.context.log.known(key)?.header.target;
    const script: Script =
      waiting.for === "signal"
        ? [{ do: "signalTo", to: formatInvocationId(key), name, value }]
        : [{ do: "resolve", name, value }];
    const callee: Callee =
      waiting.for === "signal"
        ? { service: HELPER, handler: "help", key: "", script }
        : { service: WORKFLOW, handler: "poke", key: target?.key ?? "", script };
    const scope = waiting.for === "promise" ? target?.scope : undefined;
    const flow = scope === undefined || scope === "" ? undefined : { scope };
    const path = scopedPath(`${pathOf(callee)}/send`, flow);
    await this.untilAnswered({ path, body: { script } });
    return true;
  }

  private pause(msMax: number): Promise<void> {
    const { scheduler, world } = this.context;
    return scheduler.sleep(world, this.random.below(msMax + 1), "script client");
  }
}

function pathOf({ service, handler, key }: Callee): string {
  return key === "" ? `/${service}/${handler}` : `/${service}/${key}/${handler}`;
}
