/** One or more messages of every kind, with every optional field present in at least one of them. */
import { Combinator, type Future, type Message } from "../messages.ts";

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const FLAT: Future = {
  combinator: Combinator.firstCompleted,
  completions: [1, 300],
  signals: [1, 17],
  namedSignals: ["ready"],
  nested: [],
};
const TREE: Future = {
  combinator: Combinator.allSucceededOrFirstFailed,
  completions: [2],
  signals: [],
  namedSignals: [],
  nested: [FLAT, { ...FLAT, combinator: Combinator.unknown, completions: [1] }],
};
const VALUE = { kind: "value", value: bytes('{"a":1}') } as const;
const EMPTY_VALUE = { kind: "value", value: new Uint8Array(0) } as const;
const VOID = { kind: "void" } as const;
const FAILURE = {
  kind: "failure",
  failure: { code: 409, message: "gesperrt: ü", metadata: [{ key: "k", value: "v" }] },
} as const;
const ID = "inv_1afbDGeygs3j52udtPGH4rqAXvyBTaRT26";
const HEADERS = [
  { key: "x-restate-ingress-path", value: "/Svc/echo" },
  { key: "", value: "" },
];

/** Named messages; the names appear in `testdata/frames.txt`. */
export const SAMPLES: readonly (readonly [name: string, message: Message])[] = [
  [
    "start full",
    {
      kind: "start",
      id: Uint8Array.from({ length: 24 }, (_, i) => i * 11),
      debugId: ID,
      knownEntries: 3,
      stateMap: [
        { key: bytes("a"), value: bytes("1") },
        { key: bytes("b"), value: new Uint8Array(0) },
      ],
      partialState: true,
      key: "k1",
      retryCountSinceLastStoredEntry: 2,
      durationSinceLastStoredEntryMs: 86_400_000,
      randomSeed: { high: 0xfedcba98, low: 0x76543210 },
      scope: "sc1",
      limitKey: "a/b",
      idempotencyKey: "01M7ZK42C0",
    },
  ],
  [
    "start bare",
    {
      kind: "start",
      id: new Uint8Array(24),
      debugId: "",
      knownEntries: 0,
      stateMap: [],
      partialState: false,
      key: "",
      retryCountSinceLastStoredEntry: 0,
      durationSinceLastStoredEntryMs: 0,
      randomSeed: { high: 0, low: 0 },
    },
  ],
  ["suspension flat", { kind: "suspension", awaitingOn: FLAT }],
  ["suspension tree", { kind: "suspension", awaitingOn: TREE }],
  [
    "error full",
    {
      kind: "error",
      code: 570,
      message: "journal mismatch",
      stacktrace: "at run (a.ts:1)",
      relatedCommandIndex: 0,
      relatedCommandName: "",
      relatedCommandType: 0x0400,
      nextRetryDelayMs: 5_000_000_000,
      behavior: 1,
    },
  ],
  ["error bare", { kind: "error", code: 500, message: "", stacktrace: "", behavior: 0 }],
  ["end", { kind: "end" }],
  ["commandAck", { kind: "commandAck", commandIndex: 4 }],
  ["proposal value", { kind: "proposeRunCompletion", completionId: 1, result: VALUE }],
  ["proposal empty", { kind: "proposeRunCompletion", completionId: 1, result: EMPTY_VALUE }],
  [
    "proposal failure",
    { kind: "proposeRunCompletion", completionId: 1, result: FAILURE, requestAck: true },
  ],
  ["awaitingOn", { kind: "awaitingOn", awaitingOn: TREE, executingSideEffects: true }],
  ["proposalAck", { kind: "proposeRunCompletionAck", completionId: 70_000 }],
  ["input", { kind: "input", name: "", headers: HEADERS, value: VALUE.value }],
  ["output value", { kind: "output", name: "", result: VALUE }],
  ["output failure", { kind: "output", name: "o", result: FAILURE, requestAck: true }],
  ["getLazyState", { kind: "getLazyState", name: "", key: bytes("a"), resultCompletionId: 9 }],
  ["setState", { kind: "setState", name: "s", key: bytes("a"), value: bytes("5") }],
  ["clearState", { kind: "clearState", name: "", key: bytes("a") }],
  ["clearAllState", { kind: "clearAllState", name: "all" }],
  ["getLazyStateKeys", { kind: "getLazyStateKeys", name: "", resultCompletionId: 1 }],
  ["getEagerState void", { kind: "getEagerState", name: "", key: bytes("c"), result: VOID }],
  ["getEagerState value", { kind: "getEagerState", name: "", key: bytes("c"), result: VALUE }],
  [
    "getEagerStateKeys",
    { kind: "getEagerStateKeys", name: "", keys: [bytes("a"), new Uint8Array(0), bytes("c")] },
  ],
  ["getPromise", { kind: "getPromise", name: "", key: "p", resultCompletionId: 2 }],
  ["peekPromise", { kind: "peekPromise", name: "", key: "p", resultCompletionId: 3 }],
  [
    "completePromise value",
    { kind: "completePromise", name: "", key: "p", completion: VALUE, resultCompletionId: 4 },
  ],
  [
    "completePromise failure",
    { kind: "completePromise", name: "", key: "p", completion: FAILURE, resultCompletionId: 4 },
  ],
  ["sleep", { kind: "sleep", name: "nap", wakeUpTime: 1_795_312_800_000, resultCompletionId: 1 }],
  [
    "call full",
    {
      kind: "call",
      name: "c",
      service: "Svc",
      handler: "echo",
      parameter: bytes("300"),
      headers: HEADERS,
      key: "a/b",
      idempotencyKey: "k2",
      scope: "sc1",
      limitKey: "",
      invocationIdCompletionId: 1,
      resultCompletionId: 2,
    },
  ],
  [
    "call bare",
    {
      kind: "call",
      name: "",
      service: "Svc",
      handler: "sleepy",
      parameter: bytes("300"),
      headers: [],
      key: "",
      invocationIdCompletionId: 1,
      resultCompletionId: 2,
    },
  ],
  [
    "oneWayCall full",
    {
      kind: "oneWayCall",
      name: "c",
      service: "Svc",
      handler: "echo",
      parameter: bytes("300"),
      headers: HEADERS,
      key: "a/b",
      idempotencyKey: "k2",
      scope: "sc1",
      limitKey: "l",
      invocationIdCompletionId: 1,
      invokeTime: 1_795_312_800_000,
    },
  ],
  [
    "sendSignal index",
    { kind: "sendSignal", name: "", targetInvocationId: ID, signalIndex: 1, result: VOID },
  ],
  [
    "sendSignal name",
    { kind: "sendSignal", name: "e", targetInvocationId: ID, signalName: "go", result: FAILURE },
  ],
  ["run", { kind: "run", name: "r1", resultCompletionId: 1, requestAck: true }],
  [
    "attach invocation",
    {
      kind: "attachInvocation",
      name: "",
      target: { kind: "invocation", invocationId: ID },
      resultCompletionId: 5,
    },
  ],
  [
    "attach request",
    {
      kind: "attachInvocation",
      name: "",
      target: {
        kind: "idempotentRequest",
        service: "Obj",
        key: "",
        handler: "h",
        idempotencyKey: "i",
        scope: "s",
      },
      resultCompletionId: 5,
    },
  ],
  [
    "output of workflow",
    {
      kind: "getInvocationOutput",
      name: "",
      target: { kind: "workflow", name: "Wf", key: "w1", scope: "s" },
      resultCompletionId: 6,
    },
  ],
  [
    "completeAwakeable",
    { kind: "completeAwakeable", name: "", awakeableId: "sign_1G-MO", result: VALUE },
  ],
  ["completion lazy state", { kind: "getLazyStateCompletion", completionId: 9, result: VOID }],
  [
    "completion lazy state keys",
    {
      kind: "getLazyStateKeysCompletion",
      completionId: 1,
      result: { kind: "stateKeys", keys: [bytes("a"), bytes("b")] },
    },
  ],
  ["completion promise", { kind: "getPromiseCompletion", completionId: 2, result: VALUE }],
  ["completion peek", { kind: "peekPromiseCompletion", completionId: 3, result: FAILURE }],
  ["completion of promise", { kind: "completePromiseCompletion", completionId: 4, result: VOID }],
  ["completion sleep", { kind: "sleepCompletion", completionId: 1, result: VOID }],
  ["completion call", { kind: "callCompletion", completionId: 2, result: VALUE }],
  [
    "completion invocation id",
    {
      kind: "callInvocationIdCompletion",
      completionId: 1,
      result: { kind: "invocationId", invocationId: ID },
    },
  ],
  ["completion run", { kind: "runCompletion", completionId: 1, result: EMPTY_VALUE }],
  ["completion attach", { kind: "attachInvocationCompletion", completionId: 5, result: FAILURE }],
  ["completion output", { kind: "getInvocationOutputCompletion", completionId: 6, result: VOID }],
  ["signal index", { kind: "signal", signalIndex: 17, result: VALUE }],
  ["signal name", { kind: "signal", signalName: "", result: FAILURE }],
];
