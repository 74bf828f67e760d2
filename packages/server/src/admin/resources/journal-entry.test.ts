import { MESSAGE_KINDS, type Message, messageCode } from "@rejoin/protocol";
import { describe, expect, it } from "vitest";
import { commandType, toJournalEntry } from "./journal-entry.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const value = { kind: "value", value: bytes("secret") } as const;
const failure = { kind: "failure", failure: { code: 409, message: "killed" } } as const;
const success = { kind: "success", length: 6 };
const request = {
  service: "Obj",
  handler: "h",
  key: "k",
  parameter: bytes("secret"),
  headers: [],
  invocationIdCompletionId: 1,
};
const name = "";
const completion = { resultCompletionId: 2 };
const invocation = { kind: "invocation", invocationId: "inv_1x" } as const;

const CASES: readonly (readonly [Message, string, object])[] = [
  [{ kind: "input", name, headers: [], value: value.value }, "Command: Input", { value_length: 6 }],
  [{ kind: "output", name, result: value }, "Command: Output", { result: success }],
  [
    { kind: "getLazyState", name, key: bytes("st"), ...completion },
    "Command: GetLazyState",
    { state_key: "st", completion_id: 2 },
  ],
  [
    { kind: "setState", name: "n", key: bytes("st"), value: value.value },
    "Command: SetState",
    { name: "n", state_key: "st", value_length: 6 },
  ],
  [{ kind: "clearState", name, key: bytes("st") }, "Command: ClearState", { state_key: "st" }],
  [{ kind: "clearAllState", name }, "Command: ClearAllState", {}],
  [
    { kind: "getLazyStateKeys", name, ...completion },
    "Command: GetLazyStateKeys",
    { completion_id: 2 },
  ],
  [
    { kind: "getEagerState", name, key: bytes("st"), result: { kind: "void" } },
    "Command: GetEagerState",
    { state_key: "st", result: { kind: "void" } },
  ],
  [
    { kind: "getEagerStateKeys", name, keys: [bytes("a"), bytes("b")] },
    "Command: GetEagerStateKeys",
    { result: { kind: "state_keys", count: 2 } },
  ],
  [
    { kind: "getPromise", name, key: "p", ...completion },
    "Command: GetPromise",
    { promise_name: "p", completion_id: 2 },
  ],
  [
    { kind: "peekPromise", name, key: "p", ...completion },
    "Command: PeekPromise",
    { promise_name: "p", completion_id: 2 },
  ],
  [
    { kind: "completePromise", name, key: "p", completion: failure, ...completion },
    "Command: CompletePromise",
    {
      promise_name: "p",
      completion_id: 2,
      result: { kind: "failure", code: 409, message: "killed" },
    },
  ],
  [
    { kind: "sleep", name: "nap", wakeUpTime: 1000, ...completion },
    "Command: Sleep",
    { name: "nap", completion_id: 2, sleep_wakeup_at: "1970-01-01T00:00:01.000000000Z" },
  ],
  [
    { kind: "call", name, ...request, ...completion },
    "Command: Call",
    { target: "Obj/k/h", completion_id: 2, invocation_id_completion_id: 1, value_length: 6 },
  ],
  [
    { kind: "oneWayCall", name, ...request, key: "", idempotencyKey: "i", invokeTime: 1000 },
    "Command: OneWayCall",
    {
      target: "Obj/h",
      invocation_id_completion_id: 1,
      value_length: 6,
      idempotency_key: "i",
      invoke_at: "1970-01-01T00:00:01.000000000Z",
    },
  ],
  [
    {
      kind: "sendSignal",
      name,
      targetInvocationId: "inv_1x",
      signalIndex: 1,
      result: { kind: "void" },
    },
    "Command: SendSignal",
    { invoked_id: "inv_1x", signal_index: 1, result: { kind: "void" } },
  ],
  [{ kind: "run", name: "r", ...completion }, "Command: Run", { name: "r", completion_id: 2 }],
  [
    { kind: "attachInvocation", name, target: invocation, ...completion },
    "Command: AttachInvocation",
    { invoked_id: "inv_1x", completion_id: 2 },
  ],
  [
    {
      kind: "getInvocationOutput",
      name,
      target: { kind: "workflow", name: "Wf", key: "w" },
      ...completion,
    },
    "Command: GetInvocationOutput",
    { target: "Wf/w", completion_id: 2 },
  ],
  [
    { kind: "completeAwakeable", name, awakeableId: "sign_1x", result: value },
    "Command: CompleteAwakeable",
    { awakeable_id: "sign_1x", result: success },
  ],
  [
    { kind: "signal", signalName: "go", result: value },
    "Notification: Signal",
    { signal_name: "go", result: success },
  ],
  [
    { kind: "runCompletion", completionId: 2, result: value },
    "Notification: Run",
    { completion_id: 2, result: success },
  ],
  [
    {
      kind: "callInvocationIdCompletion",
      completionId: 1,
      result: { kind: "invocationId", invocationId: "inv_1x" },
    },
    "Notification: CallInvocationId",
    { completion_id: 1, result: { kind: "invocation_id", invocation_id: "inv_1x" } },
  ],
  [
    {
      kind: "getLazyStateKeysCompletion",
      completionId: 1,
      result: { kind: "stateKeys", keys: [bytes("a")] },
    },
    "Notification: GetLazyStateKeys",
    { completion_id: 1, result: { kind: "state_keys", count: 1 } },
  ],
];

const place = { index: 3, appended_at: "1970-01-01T00:00:00.000000000Z", length: 9 };

describe("an entry", () => {
  it.each(CASES.map(([message, type, details]) => ({ message, type, details })))(
    "$type",
    ({ message, type, details }) => {
      const code = messageCode(message.kind);
      const entry = toJournalEntry({ index: 3, code, appendedAt: 0, length: 9, message });
      expect(entry).toEqual({ ...place, entry_type: type, ...details });
      expect(JSON.stringify(entry)).not.toContain("secret");
    },
  );

  it("has a type even if it was not read", () => {
    const code = messageCode("call");
    const entry = toJournalEntry({ index: 3, code, appendedAt: 0, length: 9, message: undefined });
    expect(entry).toEqual({ ...place, entry_type: "Command: Call" });
    expect(commandType(code)).toBe("Call");
  });

  it("of an idempotent request names its target", () => {
    const target = {
      kind: "idempotentRequest",
      service: "Obj",
      key: "k",
      handler: "h",
      idempotencyKey: "i",
    } as const;
    const message = { kind: "attachInvocation", name, target, ...completion } as const;
    const code = messageCode(message.kind);
    expect(toJournalEntry({ index: 0, code, appendedAt: 0, length: 9, message })).toMatchObject({
      target: "Obj/k/h",
      idempotency_key: "i",
    });
  });
});

it("covers every command", () => {
  const covered = new Set(CASES.map(([message]) => message.kind));
  const commands = MESSAGE_KINDS.filter((kind) => messageCode(kind) >> 10 === 1);
  expect(commands.filter((kind) => !covered.has(kind))).toEqual([]);
});
