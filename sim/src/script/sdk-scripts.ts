/** The services that run scripts, on the SDK: the same steps as users would write them. */

import { formatAwakeableId, parseAwakeableId, parseInvocationId } from "@rejoin/protocol";
import {
  CancelledError,
  type Context,
  handlers,
  type ObjectContext,
  type ObjectSharedContext,
  object,
  PauseError,
  RestatePromise,
  type ServiceDefinition,
  serde,
  service,
  TerminalError,
  type VirtualObjectDefinition,
  type WorkflowContext,
  type WorkflowDefinition,
  type WorkflowSharedContext,
  workflow,
} from "@rejoin/sdk";
import { flowOf } from "../flow/flow-plan.ts";
import type { ScriptWatcher, WatchedScript } from "./machine.ts";
import {
  type Callee,
  goesOnWhenCancelled,
  HELPER,
  OBJECT,
  type ScriptInput,
  type ScriptStep,
  WORKFLOW,
} from "./script.ts";
import { toBytes, toName } from "./state-view.ts";

type AnyDefinition =
  | ServiceDefinition<string, unknown>
  | VirtualObjectDefinition<string, unknown>
  | WorkflowDefinition<string, unknown>;

type Handler = (ctx: Context, input: ScriptInput) => Promise<{ readonly value: number }>;

/** The definitions of the services of scripts. */
export function createScriptServices(
  watcher: ScriptWatcher,
  lazyState: boolean,
): readonly AnyDefinition[] {
  const run: Handler = (ctx, input) =>
    new SdkScript(ctx as WorkflowContext, watcher, watcher.enteredScript(), input).whole();
  const options = { enableLazyState: lazyState };
  return [
    object({
      name: OBJECT,
      handlers: {
        turn: (ctx: ObjectContext, input: ScriptInput) => run(ctx, input),
        look: handlers.object.shared((ctx: ObjectSharedContext, input: ScriptInput) =>
          run(ctx, input),
        ),
      },
      options,
    }),
    workflow({
      name: WORKFLOW,
      handlers: {
        run: (ctx: WorkflowContext, input: ScriptInput) => run(ctx, input),
        poke: (ctx: WorkflowSharedContext, input: ScriptInput) => run(ctx, input),
      },
      options,
    }),
    service({ name: HELPER, handlers: { help: run } }),
  ];
}

class SdkScript {
  private readonly ctx: WorkflowContext;
  private readonly watcher: ScriptWatcher;
  private readonly attempt: WatchedScript;
  private readonly input: ScriptInput;
  private sent: { readonly invocationId: Promise<string> } | undefined;
  private seen = 0;

  constructor(
    ctx: WorkflowContext,
    watcher: ScriptWatcher,
    attempt: WatchedScript,
    input: ScriptInput,
  ) {
    this.ctx = ctx;
    this.watcher = watcher;
    this.attempt = attempt;
    this.input = input;
  }

  async whole(): Promise<{ readonly value: number }> {
    const { script } = this.input;
    for (const [i, step] of script.entries()) {
      try {
        await this.step(step, `${i}`);
      } catch (error) {
        if (!(error instanceof CancelledError)) throw error;
        this.watcher.cancelled(this.attempt, `${i}`);
        if (!goesOnWhenCancelled(script)) throw error;
      }
    }
    return { value: this.seen };
  }

  private async step(step: ScriptStep, path: string): Promise<void> {
    const { ctx } = this;
    switch (step.do) {
      case "set":
        return ctx.set(step.name, toBytes(step.value), serde.binary);
      case "clear":
        return ctx.clear(step.name);
      case "clearAll":
        return ctx.clearAll();
      case "get":
        return this.take(textOf(await ctx.get<Uint8Array>(step.name, serde.binary)));
      case "keys":
        return this.take((await ctx.stateKeys()).join(" "));
      case "sleep":
        return await this.see(path, ctx.sleep(step.ms));
      case "run":
        return await this.see(
          path,
          ctx.run(path, () => ({ value: this.watcher.reached(this.attempt, path) })),
        );
      case "call":
        return await this.fan([step.callee], path);
      case "fan":
        return await this.fan(step.callees, path);
      case "fail":
        return this.fail(step, path);
      case "awakeable":
      case "await":
        return await this.wait(step, path);
      case "promise":
      case "peek":
      case "resolve":
        return await this.promise(step, path);
      default:
        return await this.tell(step, path);
    }
  }

  // ---- steps ------------------------------------------------------------------------------------

  private fail({ times, pauses }: Extract<ScriptStep, { do: "fail" }>, path: string): void {
    if (this.watcher.reached(this.attempt, path) > times) return;
    throw pauses ? new PauseError("as planned") : new Error("as planned: the attempt fails");
  }

  private async fan(callees: readonly Callee[], path: string): Promise<void> {
    const calls = callees.map((callee) => this.ctx.genericCall(this.request(callee)));
    for (const [i, call] of calls.entries()) await this.see(`${path}.${i}`, call);
  }

  private request({ service: name, handler: method, key, script, flow }: Callee) {
    const parameter: ScriptInput = { script, caller: this.ctx.request().id };
    return {
      ...(this.watcher.mayScope(this.attempt) ? flowOf(flow) : {}),
      service: name,
      method,
      parameter,
      inputSerde: serde.json,
      outputSerde: serde.json,
      ...(key === "" ? {} : { key }),
    };
  }

  /** Awaits a signal of its own, for so long at most as the step says. */
  private async wait(
    step: Extract<ScriptStep, { do: "awakeable" | "await" }>,
    path: string,
  ): Promise<void> {
    const { ctx, watcher, attempt } = this;
    let signal: RestatePromise<Uint8Array>;
    if (step.do === "await") {
      watcher.waits(attempt, { for: "signal", name: step.signal });
      signal = ctx.signal<Uint8Array>(step.signal, serde.binary);
    } else {
      const { id, promise } = ctx.awakeable<Uint8Array>(serde.binary);
      const target = parseAwakeableId(id);
      if (target.kind === "signal") {
        watcher.waits(attempt, { for: "awakeable", index: target.signalIndex });
      }
      signal = promise;
    }
    if (step.ms === undefined) return await this.see(path, signal);
    await this.see(path, RestatePromise.race([signal, ctx.sleep(step.ms)]));
  }

  private async promise(
    step: Extract<ScriptStep, { do: "promise" | "peek" | "resolve" }>,
    path: string,
  ): Promise<void> {
    const promise = this.ctx.promise<Uint8Array>(step.name, serde.binary);
    if (step.do === "resolve") return await this.see(path, promise.resolve(toBytes(step.value)));
    if (step.do === "peek") return await this.see(path, promise.peek());
    this.watcher.waits(this.attempt, { for: "promise", name: step.name });
    await this.see(path, promise);
  }

  private async tell(
    step: Exclude<ScriptStep, { do: "awakeable" | "await" | "call" | "fan" }>,
    path: string,
  ): Promise<void> {
    const { ctx, sent } = this;
    switch (step.do) {
      case "send": {
        const { callee, delayMs } = step;
        const delay = delayMs === 0 ? {} : { delay: delayMs };
        this.sent = ctx.genericSend({ ...this.request(callee), ...delay });
        return;
      }
      case "attach":
      case "output":
        if (sent === undefined) return;
        return await this.see(path, ctx.attach(idOf(await sent.invocationId), serde.json));
      case "cancel":
        if (sent !== undefined) ctx.cancel(idOf(await sent.invocationId));
        return;
      case "complete": {
        const { caller } = this.input;
        if (caller === undefined) return;
        const id = formatAwakeableId(parseInvocationId(caller), step.index);
        return ctx.resolveAwakeable(id, toBytes(step.value), serde.binary);
      }
      case "signal":
      case "signalTo": {
        const to = step.do === "signal" ? this.input.caller : step.to;
        if (to === undefined) return;
        const signal = ctx.invocation(idOf(to)).signal<Uint8Array>(step.name, serde.binary);
        return signal.resolve(toBytes(step.value));
      }
      default:
    }
  }

  // ---- what it sees -----------------------------------------------------------------------------

  /** Awaits what the journal holds then: every attempt sees the same from now on. */
  private async see(path: string, promise: Promise<unknown>): Promise<void> {
    let text: string;
    try {
      text = textOf(await promise);
    } catch (error) {
      if (!(error instanceof TerminalError) || error instanceof CancelledError) throw error;
      text = `failure ${error.code} ${error.message}`;
    }
    this.take(text);
    this.watcher.saw(this.attempt, path, text);
  }

  private take(text: string): void {
    for (let i = 0; i < text.length; i++) {
      this.seen = (Math.imul(this.seen, 31) + text.charCodeAt(i)) >>> 0;
    }
  }
}

type InvocationId = Parameters<Context["cancel"]>[0];

function idOf(text: string): InvocationId {
  return text as InvocationId;
}

function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return `value ${toName(value)}`;
  return JSON.stringify(value) ?? "nothing";
}
