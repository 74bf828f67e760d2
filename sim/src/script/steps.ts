/** The steps of scripts, as commands of the protocol. */
import {
  type Command,
  FIRST_USER_SIGNAL_INDEX,
  formatAwakeableId,
  type NotificationResult,
  parseInvocationId,
} from "@rejoin/protocol";
import { flowOf } from "../flow/flow-plan.ts";
import type { Arrival, WaitId } from "./arrivals.ts";
import { type Awaited, Cancelled, type ScriptMachine, type Steps } from "./machine.ts";
import { type Callee, goesOnWhenCancelled, type ScriptInput, type ScriptStep } from "./script.ts";
import { toBytes, toName } from "./state-view.ts";

/** The code and text of the failure that a cancelled script ends with. */
export const CANCELLED = { code: 409, message: "cancelled" };
const ATTEMPT_FAILED = 500;

type Awaits<T> = Generator<Awaited, T, Arrival>;

export function runScript(machine: ScriptMachine): Steps {
  return new ScriptRun(machine).whole();
}

interface Request {
  /** Completion id of the callee's invocation id. */
  readonly idCompletion: number;
  /** Of its result, 0 for a send. */
  readonly result: number;
}

class ScriptRun {
  private readonly machine: ScriptMachine;
  private readonly own: string;
  private awakeables = 0;
  private open: Request[] = [];
  private sent: Request | undefined;
  private seen = 0;

  constructor(machine: ScriptMachine) {
    this.machine = machine;
    this.own = machine.start?.debugId ?? "";
  }

  *whole(): Steps {
    const { script } = this.machine.input;
    for (const [i, step] of script.entries()) {
      try {
        yield* this.step(step, `${i}`);
      } catch (error) {
        if (!(error instanceof Cancelled)) throw error;
        yield* this.cancelled();
        if (!goesOnWhenCancelled(script)) {
          this.end({ kind: "failure", failure: CANCELLED });
          return;
        }
      }
    }
    this.end({ kind: "value", value: toBytes(JSON.stringify({ value: this.seen })) });
  }

  /** Whom it waits for is cancelled with it. */
  private *cancelled(): Awaits<void> {
    const { machine, open } = this;
    if (machine.attempt !== undefined) machine.watcher.cancelled(machine.attempt);
    this.open = [];
    for (const request of open) {
      const id = yield* this.invocationId(request, false);
      if (id !== undefined) this.cancelInvocation(id);
    }
  }

  private end(result: Extract<Command, { kind: "output" }>["result"]): void {
    this.machine.issue({ kind: "output", name: "", result });
    this.machine.send({ kind: "end" });
  }

  private *step(step: ScriptStep, path: string): Awaits<void> {
    switch (step.do) {
      case "set":
      case "clear":
      case "clearAll":
        return this.write(step);
      case "get":
        return yield* this.get(step.name, path);
      case "keys":
        return yield* this.keys(path);
      case "sleep":
        return yield* this.sleep(step.ms, path);
      case "run":
        return yield* this.execute(path);
      case "call":
        return yield* this.fan([step.callee], path);
      case "fan":
        return yield* this.fan(step.callees, path);
      case "fail":
        return this.fail(step, path);
      case "promise":
      case "peek":
      case "resolve":
        return yield* this.promise(step, path);
      case "awakeable":
      case "await":
        return yield* this.signal(step, path);
      default:
        return yield* this.tell(step, path);
    }
  }

  // ---- state ------------------------------------------------------------------------------------

  private write(step: Extract<ScriptStep, { do: "set" | "clear" | "clearAll" }>): void {
    const { machine } = this;
    if (step.do === "clearAll") {
      machine.issue({ kind: "clearAllState", name: "" });
      machine.state.clear();
    } else if (step.do === "clear") {
      machine.issue({ kind: "clearState", name: "", key: toBytes(step.name) });
      machine.state.set(step.name, undefined);
    } else {
      const value = toBytes(step.value);
      machine.issue({ kind: "setState", name: "", key: toBytes(step.name), value });
      machine.state.set(step.name, value);
    }
  }

  private *get(name: string, path: string): Awaits<void> {
    const { machine } = this;
    const key = toBytes(name);
    const { replaying: known } = machine;
    const isEager =
      known === undefined ? machine.state.knows(name) : known.kind === "getEagerState";
    if (!isEager) {
      const resultCompletionId = machine.nextCompletion();
      machine.issue({ kind: "getLazyState", name: "", key, resultCompletionId });
      this.see(path, yield* this.completion(resultCompletionId));
      return;
    }
    const value = machine.state.get(name);
    const result =
      value === undefined ? ({ kind: "void" } as const) : { kind: "value" as const, value };
    machine.issue({ kind: "getEagerState", name: "", key, result });
    if (known?.kind === "getEagerState") this.see(path, known.result);
    else this.take(result);
  }

  private *keys(path: string): Awaits<void> {
    const { machine } = this;
    const { replaying: known } = machine;
    const names = machine.state.names();
    const isEager = known === undefined ? names !== undefined : known.kind === "getEagerStateKeys";
    if (!isEager) {
      const resultCompletionId = machine.nextCompletion();
      machine.issue({ kind: "getLazyStateKeys", name: "", resultCompletionId });
      this.see(path, yield* this.completion(resultCompletionId));
      return;
    }
    const keys = (names ?? []).map(toBytes);
    machine.issue({ kind: "getEagerStateKeys", name: "", keys });
    if (known?.kind === "getEagerStateKeys")
      this.see(path, { kind: "stateKeys", keys: known.keys });
    else this.take({ kind: "stateKeys", keys });
  }

  // ---- alone ------------------------------------------------------------------------------------

  private *sleep(ms: number, path: string): Awaits<void> {
    const id = this.startSleep(ms);
    this.see(path, yield* this.completion(id));
  }

  private startSleep(ms: number): number {
    const { machine } = this;
    const resultCompletionId = machine.nextCompletion();
    const wakeUpTime = machine.watcher.now() + ms;
    machine.issue({ kind: "sleep", name: "", wakeUpTime, resultCompletionId });
    return resultCompletionId;
  }

  private *execute(path: string): Awaits<void> {
    const { machine } = this;
    const completionId = machine.nextCompletion();
    machine.issue({ kind: "run", name: path, resultCompletionId: completionId });
    // Whoever replays knows only when it asks whether the result is in the journal.
    const result = yield* this.runResult(completionId, path);
    this.see(path, result);
  }

  private *runResult(completionId: number, path: string): Awaits<NotificationResult> {
    const { machine } = this;
    if (!machine.hasArrived(`c${completionId}`)) {
      const times =
        machine.attempt === undefined ? 0 : machine.watcher.reached(machine.attempt, path);
      const value = toBytes(JSON.stringify({ value: times }));
      machine.send({
        kind: "proposeRunCompletion",
        completionId,
        result: { kind: "value", value },
      });
    }
    return yield* this.completion(completionId);
  }

  private fail(step: Extract<ScriptStep, { do: "fail" }>, path: string): void {
    const { machine } = this;
    const { attempt, watcher } = machine;
    if (attempt === undefined || watcher.reached(attempt, path) > step.times) return;
    machine.fail(ATTEMPT_FAILED, "as planned: the attempt fails", step.pauses);
  }

  private *promise(
    step: Extract<ScriptStep, { do: "promise" | "peek" | "resolve" }>,
    path: string,
  ): Awaits<void> {
    const { machine } = this;
    const resultCompletionId = machine.nextCompletion();
    const common = { name: "", key: step.name, resultCompletionId };
    if (step.do === "resolve") {
      const completion = { kind: "value", value: toBytes(step.value) } as const;
      machine.issue({ kind: "completePromise", ...common, completion });
    } else machine.issue({ kind: step.do === "peek" ? "peekPromise" : "getPromise", ...common });
    if (step.do === "promise") this.waits({ for: "promise", name: step.name });
    this.see(path, yield* this.completion(resultCompletionId));
  }

  // ---- with others ------------------------------------------------------------------------------

  private *fan(callees: readonly Callee[], path: string): Awaits<void> {
    const requests = callees.map((callee) => this.call(callee));
    this.open.push(...requests);
    for (const [i, { result }] of requests.entries()) {
      this.see(`${path}.${i}`, yield* this.completion(result));
    }
    this.open = this.open.filter((request) => !requests.includes(request));
  }

  /** The scope and limit key of a call, where the protocol knows them. */
  private flow({ flow }: Callee): { scope?: string; limitKey?: string } {
    const { attempt, watcher } = this.machine;
    return attempt !== undefined && watcher.mayScope(attempt) ? flowOf(flow) : {};
  }

  private call(callee: Callee): Request {
    const { service, handler, key, script } = callee;
    const { machine } = this;
    const idCompletion = machine.nextCompletion();
    const result = machine.nextCompletion();
    machine.issue({
      kind: "call",
      name: "",
      service,
      handler,
      key,
      ...this.flow(callee),
      parameter: this.inputFor(script),
      headers: [],
      invocationIdCompletionId: idCompletion,
      resultCompletionId: result,
    });
    return { idCompletion, result };
  }

  private inputFor(script: ScriptInput["script"]): Uint8Array {
    return toBytes(JSON.stringify({ script, caller: this.own } satisfies ScriptInput));
  }

  private *signal(
    step: Extract<ScriptStep, { do: "awakeable" | "await" }>,
    path: string,
  ): Awaits<void> {
    const index = FIRST_USER_SIGNAL_INDEX + this.awakeables;
    if (step.do === "awakeable") this.awakeables += 1;
    const id: WaitId = step.do === "awakeable" ? `s${index}` : `n${step.signal}`;
    const sleep = step.ms === undefined ? undefined : this.startSleep(step.ms);
    this.waits(
      step.do === "awakeable" ? { for: "awakeable", index } : { for: "signal", name: step.signal },
    );
    const ids: WaitId[] = sleep === undefined ? [id] : [id, `c${sleep}`];
    const arrival: Arrival = yield { ids, mayBeCancelled: true };
    this.see(`${path} ${arrival.id}`, arrival.result);
  }

  private *tell(
    step: Exclude<ScriptStep, { do: "awakeable" | "await" | "call" | "fan" }>,
    path: string,
  ): Awaits<void> {
    const { machine } = this;
    switch (step.do) {
      case "send":
        this.sent = this.sendTo(step);
        return;
      case "attach":
      case "output":
        return yield* this.askFor(step.do, path);
      case "cancel": {
        if (this.sent === undefined) return;
        const id = yield* this.invocationId(this.sent, true);
        if (id !== undefined) this.cancelInvocation(id);
        return;
      }
      case "complete": {
        const { caller } = machine.input;
        if (caller === undefined) return;
        const awakeableId = formatAwakeableId(parseInvocationId(caller), step.index);
        const result = { kind: "value", value: toBytes(step.value) } as const;
        machine.issue({ kind: "completeAwakeable", name: "", awakeableId, result });
        return;
      }
      case "signal":
      case "signalTo": {
        const to = step.do === "signal" ? machine.input.caller : step.to;
        if (to === undefined) return;
        const result = { kind: "value", value: toBytes(step.value) } as const;
        const signal = { signalName: step.name, result } as const;
        machine.issue({ kind: "sendSignal", name: "", targetInvocationId: to, ...signal });
        return;
      }
      default:
    }
  }

  private sendTo({ callee, delayMs }: Extract<ScriptStep, { do: "send" }>): Request {
    const { machine } = this;
    const { service, handler, key, script } = callee;
    const idCompletion = machine.nextCompletion();
    machine.issue({
      kind: "oneWayCall",
      name: "",
      service,
      handler,
      key,
      ...this.flow(callee),
      parameter: this.inputFor(script),
      headers: [],
      invocationIdCompletionId: idCompletion,
      invokeTime: delayMs === 0 ? 0 : machine.watcher.now() + delayMs,
    });
    return { idCompletion, result: 0 };
  }

  private *askFor(what: "attach" | "output", path: string): Awaits<void> {
    const { machine } = this;
    if (this.sent === undefined) return;
    const invocationId = yield* this.invocationId(this.sent, true);
    if (invocationId === undefined) return;
    const resultCompletionId = machine.nextCompletion();
    const target = { kind: "invocation", invocationId } as const;
    const kind = what === "attach" ? "attachInvocation" : "getInvocationOutput";
    machine.issue({ kind, name: "", target, resultCompletionId });
    this.see(path, yield* this.completion(resultCompletionId));
  }

  // ---- cancellation -----------------------------------------------------------------------------

  private cancelInvocation(targetInvocationId: string): void {
    this.machine.issue({
      kind: "sendSignal",
      name: "",
      targetInvocationId,
      signalIndex: 1,
      result: { kind: "void" },
    });
  }

  private *invocationId(
    { idCompletion }: Request,
    mayBeCancelled: boolean,
  ): Awaits<string | undefined> {
    const { result } = (yield { ids: [`c${idCompletion}`], mayBeCancelled }) as Arrival;
    return result.kind === "invocationId" ? result.invocationId : undefined;
  }

  // ---- what it sees -----------------------------------------------------------------------------

  private *completion(id: number): Awaits<NotificationResult> {
    const arrival: Arrival = yield { ids: [`c${id}`], mayBeCancelled: true };
    return arrival.result;
  }

  /** Makes `result` a part of what the script comes to. */
  private take(result: NotificationResult): string {
    const text = textOf(result);
    for (let i = 0; i < text.length; i++) {
      this.seen = (Math.imul(this.seen, 31) + text.charCodeAt(i)) >>> 0;
    }
    return text;
  }

  /** It stands in the journal: every attempt sees the same from now on. */
  private see(path: string, result: NotificationResult): void {
    const { machine } = this;
    const text = this.take(result);
    if (machine.attempt !== undefined) machine.watcher.saw(machine.attempt, path, text);
  }

  private waits(what: Parameters<ScriptMachine["watcher"]["waits"]>[1]): void {
    const { machine } = this;
    if (machine.attempt !== undefined) machine.watcher.waits(machine.attempt, what);
  }
}

function textOf(result: NotificationResult): string {
  switch (result.kind) {
    case "value":
      return `value ${toName(result.value)}`;
    case "failure":
      return `failure ${result.failure.code} ${result.failure.message}`;
    case "stateKeys":
      return `keys ${result.keys.map(toName).join(" ")}`;
    case "invocationId":
      return `id ${result.invocationId}`;
    default:
      return result.kind;
  }
}
