/** An operator who sets, changes and lifts limits while invocations run and wait. */
import type { Servers } from "../clients.ts";
import type { SeededRandom } from "../random.ts";
import { HELPER, OBJECT, WORKFLOW } from "../script/script.ts";
import type { SimContext } from "../sim-context.ts";
import type { SimProcess } from "../sim-process.ts";
import type { FlowPlan } from "./flow-plan.ts";

type Settings = ReturnType<NonNullable<SimProcess["core"]>["adminPorts"]>["settings"];
type ServiceChange = Omit<Parameters<Settings["changeService"]>[1], "overrides">;
type Rule = Awaited<ReturnType<Settings["putRules"]>>[number];

const PAUSE_MS_MAX = 400;
const LEVELS = ["", "/u", "/v", "/*", "/u/x", "/u/*", "/*/*", "/*/y"];
const HANDLERS: Readonly<Record<string, readonly string[]>> = {
  sim: ["run"],
  [OBJECT]: ["turn", "look"],
  [WORKFLOW]: ["run", "poke"],
  [HELPER]: ["help"],
};
const INFO = { version: "", ingressUrl: "", clusterName: "", features: {} };

export class LimitOperator {
  private readonly context: SimContext;
  private readonly servers: Servers;
  private readonly random: SeededRandom;
  private readonly plan: FlowPlan | undefined;
  private stopped = false;
  /** Rules as they were last answered, by pattern. */
  private readonly rules = new Map<string, Rule>();

  constructor(context: SimContext, servers: Servers) {
    this.context = context;
    this.servers = servers;
    this.random = context.random.fork("limit operator");
    this.plan = context.plan.flow;
  }

  /** Nothing is left that a change could matter to. */
  stop(): void {
    this.stopped = true;
  }

  /** Does what the plan says, one change after the other; the first as early as can be. */
  async run(): Promise<void> {
    for (let done = 0; done < (this.plan?.changes ?? 0); done++) {
      if (done > 1) await this.pause();
      if (this.stopped) return;
      await this.changeAny();
    }
  }

  private async changeAny(): Promise<void> {
    const queued = this.context.flow?.limiters.queued() ?? [];
    if (queued.length > 0 && this.random.chance(0.6)) {
      await this.changeQueued(this.random.pick(queued));
      return;
    }
    const kind = this.random.below(12);
    if (kind < 5) await this.changeService();
    else if (kind < 9) await this.putRule();
    else if (kind < 11) await this.removeRule();
    else await this.race();
  }

  /** Changes the very limit that somebody waits for. */
  private async changeQueued(limiter: string): Promise<void> {
    const [kind = "", name = ""] = limiter.split(":");
    if (kind === "scope") return await this.putRule(name);
    const [service = "", handler] = name.split("/");
    const limit = this.drawLimit();
    const change: ServiceChange =
      handler === undefined
        ? { concurrency: limit }
        : { handlers: new Map<string, number | null>([[handler, limit]]) };
    await this.setService(service, change);
  }

  private drawLimit(): number | null {
    return this.random.chance(0.25) ? null : this.concurrency();
  }

  private concurrency(): number {
    return this.random.between(1, this.plan?.concurrencyMax ?? 1);
  }

  // ---- services ---------------------------------------------------------------------------------

  private async changeService(): Promise<void> {
    const { random } = this;
    const service = random.pick(Object.keys(this.served()));
    const handlers = new Map<string, number | null>();
    for (const handler of HANDLERS[service] ?? []) {
      if (random.chance(0.4)) handlers.set(handler, this.drawLimit());
    }
    const ofService = handlers.size === 0 || random.chance(0.5);
    const change = { handlers, ...(ofService ? { concurrency: this.drawLimit() } : {}) };
    await this.setService(service, change);
  }

  private async setService(service: string, change: ServiceChange): Promise<void> {
    const done = await this.ask("limit of a service", (settings) =>
      settings.changeService(service, { overrides: {}, ...change }),
    );
    if (done.kind !== "done") return;
    const view = done.value.latest(service);
    const { concurrency } = change;
    if (concurrency !== undefined) {
      this.expect(service, concurrency ?? undefined, view?.concurrencyLimit);
    }
    for (const [handler, wanted] of change.handlers ?? []) {
      const given = view?.handlers.get(handler)?.concurrencyLimit;
      this.expect(`${service}/${handler}`, wanted ?? undefined, given);
    }
  }

  private served(): Readonly<Record<string, readonly string[]>> {
    const { programs, scriptClients } = this.context.plan.model;
    const { sim = [], ...scripts } = HANDLERS;
    if (scriptClients === 0) return { sim };
    return programs ? HANDLERS : scripts;
  }

  // ---- rules ------------------------------------------------------------------------------------

  private async putRule(path?: string): Promise<void> {
    const { random } = this;
    const change = this.drawRule(path);
    const known = this.rules.get(change.pattern);
    const isOld = random.chance(0.2);
    const expected =
      known === undefined
        ? ({ kind: "doesNotExist" } as const)
        : ({ kind: "matches", version: known.version - (isOld ? 1 : 0) } as const);
    const precondition = random.chance(0.6) ? ({ kind: "none" } as const) : expected;
    const done = await this.ask("rule put", (settings) =>
      settings.putRules([{ ...change, precondition }]),
    );
    if (done.kind === "done") this.note(change, done.value);
  }

  private drawRule(path: string | undefined) {
    const { random } = this;
    const scopes = this.plan?.scopes ?? [];
    const pattern = path ?? random.pick([...scopes, "*"]) + random.pick(LEVELS);
    const disabled = random.chance(0.1);
    return random.chance(0.1)
      ? { pattern, disabled }
      : { pattern, disabled, concurrency: this.concurrency() };
  }

  private note(change: Pick<Rule, "pattern" | "concurrency">, [rule]: readonly Rule[]): void {
    const { pattern, concurrency } = change;
    this.expect(pattern, concurrency, rule?.concurrency);
    const before = this.rules.get(pattern);
    if (rule === undefined) return;
    this.rules.set(pattern, rule);
    if (before === undefined || before.version <= rule.version) return;
    const text = `rule ${pattern} went from version ${before.version} to ${rule.version}`;
    this.context.violations.report("lost-update", text);
  }

  private async removeRule(): Promise<void> {
    const pattern = this.random.pick([...this.rules.keys(), "*"]);
    const version = this.rules.get(pattern)?.version;
    const expectedVersion = this.random.chance(0.5) ? undefined : version;
    const done = await this.ask("rule removed", (settings) =>
      settings.removeRules([{ pattern, expectedVersion }]),
    );
    if (done.kind === "done") this.rules.delete(pattern);
  }

  /** Two who have read the same rule change it at a time: one of them must be told to read again. */
  private async race(): Promise<void> {
    const [known] = this.rules.values();
    if (known === undefined) return this.putRule();
    const { pattern, version } = known;
    const put = (concurrency: number) =>
      this.ask("rule put by two", (settings) =>
        settings.putRules([
          { pattern, concurrency, disabled: false, precondition: { kind: "matches", version } },
        ]),
      );
    const base = known.concurrency ?? 0;
    const answers = await Promise.all([put(base + 1), put(base + 2)]);
    const done = answers.flatMap((answer) => (answer.kind === "done" ? answer.value : []));
    for (const rule of done) this.rules.set(pattern, rule);
    if (done.length < 2) return;
    const text = `rule ${pattern} was changed by two who expected version ${version}`;
    this.context.violations.report("lost-update", text);
  }

  // ---- asking -----------------------------------------------------------------------------------

  private async ask<T>(
    what: string,
    change: (settings: Settings) => Promise<T>,
  ): Promise<
    { readonly kind: "done"; readonly value: T } | { readonly kind: "refused" | "unknown" }
  > {
    const { stats, trace } = this.context;
    const process = await this.servers.serving();
    const { core } = process;
    trace.note("limits", what);
    const hasQueue = (this.context.flow?.limiters.queued().length ?? 0) > 0;
    if (core === undefined) return { kind: "unknown" };
    const { settings } = core.adminPorts(INFO);
    const asked = change(settings).then(
      (value) => ({ kind: "done", value }) as const,
      (error: unknown) => ({ kind: reasonOf(error) }) as const,
    );
    const lost = process.ended.then(() => ({ kind: "unknown" }) as const);
    const answer = await Promise.race([asked, lost]);
    stats.count(`${what}: ${answer.kind}`);
    trace.note("limits", answer.kind);
    if (hasQueue && answer.kind === "done") stats.count("limit changed while some waited");
    return answer;
  }

  private expect(what: string, wanted: number | undefined, given: number | undefined): void {
    if (wanted === given) return;
    const text = `the limit of ${what} was set to ${wanted}, and is ${given}`;
    this.context.violations.report("not-done", text);
  }

  private pause(): Promise<void> {
    const { scheduler, world } = this.context;
    return scheduler.sleep(world, this.random.below(PAUSE_MS_MAX), "limit operator");
  }
}

/** What the registry refuses has a status; what the store could not say has a code. */
function reasonOf(error: unknown): "refused" | "unknown" {
  if (error instanceof Error && "status" in error) return "refused";
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "UNAVAILABLE" || code === "CLOSED") return "unknown";
  throw error;
}
