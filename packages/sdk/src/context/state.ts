/** Reads and writes of the state of an object or workflow. */
import { type Command, encodeText, type NotificationResult, type Serde } from "@rejoin/protocol";
import type { Attempt } from "../attempt/attempt.ts";
import { NeverPromise } from "../promise/constants.ts";
import { LeafPromise, StatePromise } from "../promise/leaf-promise.ts";
import type { BasePromise } from "../promise/promises.ts";
import { serializeNamed } from "../serde/unserializable.ts";
import type { LeafNode } from "../vm/await-node.ts";
import { beginOperation, failOperation } from "./operation.ts";

export function issueGetState<T>(
  attempt: Attempt,
  name: string,
  serde: Serde<T>,
): BasePromise<T | null> {
  if (!beginOperation(attempt, "ctx.get")) return new NeverPromise<T | null>(attempt);
  if (typeof name !== "string") return failOperation(attempt, badName("get", name), "getLazyState");
  const { vm } = attempt;
  const key = encodeText(name);
  const known = vm.state.answer(name, vm.peekCommand());
  const leaf =
    known === undefined
      ? issueLazy(attempt, (id) => ({
          kind: "getLazyState",
          name: "",
          key,
          resultCompletionId: id,
        }))
      : issueEager(attempt, { kind: "getEagerState", name: "", key, result: known }, known);
  return leaf === undefined
    ? new NeverPromise<T | null>(attempt)
    : new StatePromise<T>(leaf, attempt, serde);
}

export function issueStateKeys(attempt: Attempt): BasePromise<string[]> {
  if (!beginOperation(attempt, "ctx.stateKeys")) return new NeverPromise<string[]>(attempt);
  const { vm } = attempt;
  const known = vm.state.answerNames(vm.peekCommand());
  const leaf =
    known === undefined
      ? issueLazy(attempt, (id) => ({
          kind: "getLazyStateKeys",
          name: "",
          resultCompletionId: id,
        }))
      : issueEager(attempt, { kind: "getEagerStateKeys", name: "", keys: known.keys }, known);
  return leaf === undefined
    ? new NeverPromise<string[]>(attempt)
    : new LeafPromise<string[]>(leaf, attempt, undefined);
}

export function issueSetState<T>(attempt: Attempt, name: string, value: T, serde: Serde<T>): void {
  if (!beginWrite(attempt, "set", "setState")) return;
  let bytes: Uint8Array;
  try {
    if (typeof name !== "string") throw badName("set", name);
    bytes = serializeNamed(serde, value, `the state "${name}"`, attempt.handler);
  } catch (error) {
    failOperation(attempt, error, "setState");
    return;
  }
  attempt.vm.state.set(name, bytes);
  attempt.issue({ kind: "setState", name: "", key: encodeText(name), value: bytes });
}

export function issueClearState(attempt: Attempt, name: string): void {
  if (!beginWrite(attempt, "clear", "clearState")) return;
  if (typeof name !== "string") {
    failOperation(attempt, badName("clear", name), "clearState");
    return;
  }
  attempt.vm.state.clear(name);
  attempt.issue({ kind: "clearState", name: "", key: encodeText(name) });
}

export function issueClearAllState(attempt: Attempt): void {
  if (!beginWrite(attempt, "clearAll", "clearAllState")) return;
  attempt.vm.state.clearAll();
  attempt.issue({ kind: "clearAllState", name: "" });
}

/** The server would refuse a shared handler's write at every attempt, in fewer words. */
function beginWrite(
  attempt: Attempt,
  operation: "set" | "clear" | "clearAll",
  kind: "setState" | "clearState" | "clearAllState",
): boolean {
  if (!beginOperation(attempt, `ctx.${operation}`)) return false;
  const { handler } = attempt;
  if (handler.kind !== "shared") return true;
  const error = new Error(
    `ctx.${operation} was called in the shared handler ${handler.service}/${handler.name}, which ` +
      "runs beside others and can only read state. Make the handler exclusive, or call an " +
      "exclusive handler of the same key.",
  );
  failOperation(attempt, error, kind);
  return false;
}

/** A read that the server answers. */
function issueLazy(
  attempt: Attempt,
  toCommand: (resultCompletionId: number) => Command,
): LeafNode | undefined {
  const { vm } = attempt;
  const id = vm.declareCompletion();
  const command = toCommand(id);
  if (attempt.issue(command) === undefined) return undefined;
  return relate(attempt, vm.leaf(id), command);
}

/** A read that is answered here; the answer is recorded with it. */
function issueEager(
  attempt: Attempt,
  command: Command,
  result: NotificationResult,
): LeafNode | undefined {
  if (attempt.issue(command) === undefined) return undefined;
  return relate(attempt, attempt.vm.answered(result), command);
}

function relate(attempt: Attempt, leaf: LeafNode, { kind, name }: Command): LeafNode {
  leaf.command = { kind, index: attempt.vm.commandIndex, name };
  return leaf;
}

function badName(operation: string, name: unknown): TypeError {
  return new TypeError(
    `ctx.${operation}(…): the name of a state must be a string, not ${typeof name}`,
  );
}
