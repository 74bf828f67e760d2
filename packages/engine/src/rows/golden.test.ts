/** Stored forms, pinned: data that an earlier version wrote must stay readable. */
import { describe, expect, it } from "vitest";
import { encodeAwaitTree, toAwaitTree } from "../model/await-tree.ts";
import type { Invocation } from "../model/invocation.ts";
import { decodePartitionMessage, encodePartitionMessage } from "../partition-message.ts";
import { allOf, anyOf, bytes, future, keyOf } from "../testing/records.ts";
import { binaryBytes } from "./bytes.ts";
import { decodeEvent, encodeEvent, eventRowKey } from "./event-row.ts";
import { type InboxEntry, inboxKey, inboxRows } from "./inbox-row.ts";
import { instanceId } from "./instance.ts";
import { invocationRows } from "./invocation-row.ts";
import { encodeSegment } from "./journal-rows.ts";
import {
  aliveRowKey,
  expiryRowKey,
  invocationRowKey,
  payloadRowKey,
  receivedRowKey,
  segmentRowKey,
  taskRowKey,
  timerRowKey,
  timerRowValue,
} from "./keys.ts";
import { limiterRows, slotKey, slotRows } from "./limiter-rows.ts";
import { encodeAliveList, encodeExpiryList } from "./list-rows.ts";
import { type ObjectRow, objectRows } from "./object-row.ts";
import { type PromiseRow, promiseKey, promiseRows } from "./promise-row.ts";
import { receivedRows } from "./received-row.ts";
import { stateKey, stateRows } from "./state-rows.ts";
import { type Task, taskName, taskRows } from "./task-row.ts";

const hex = (value: Uint8Array) => Buffer.from(value).toString("hex");
const key = keyOf(1);
const other = keyOf(2);

const VOID = { kind: "void" } as const;

const young: Invocation = {
  key,
  status: "invoked",
  target: { service: "Svc", handler: "work", key: "", handlerKind: "service", scope: "" },
  idempotencyKey: undefined,
  limitKey: "",
  caller: { kind: "ingress" },
  root: key,
  createdAt: 1_700_000_000_000,
  modifiedAt: 1_700_000_000_001,
  scheduledFor: 0,
  completedAt: 0,
  completionRetentionMs: 86_400_000,
  journalRetentionMs: 3_600_000,
  pin: undefined,
  journalLength: 1,
  commandCount: 1,
  notificationCount: 0,
  starts: 1,
  retryCount: 0,
  retriesSinceEntry: 0,
  lastEntryAt: 1_700_000_000_000,
  nextRetryAt: 0,
  lastFailure: undefined,
  childrenStarted: 0,
  childrenSucceeded: 0,
  childrenFailed: 0,
  bornIn: 7,
  input: { kind: "inline", bytes: bytes("in") },
  headers: [],
  output: undefined,
  outputInHeader: false,
  sinks: [],
  awaiting: undefined,
  hasJournalRows: false,
  hasPayloadRows: false,
  pausing: false,
  inboxSequence: 0,
  cancelIndex: 0,
  awaitingAfter: 0,
  slots: [],
  waitingFor: undefined,
  restartedFrom: undefined,
  seedOf: undefined,
};

const old: Invocation = {
  ...young,
  status: "completed",
  target: { service: "Obj", handler: "add", key: "é", handlerKind: "exclusive", scope: "sc" },
  idempotencyKey: "k",
  limitKey: "lk",
  caller: { kind: "invocation", key: other, bornIn: 300, completionId: 2 },
  root: other,
  scheduledFor: 1_700_000_000_002,
  completedAt: 1_700_000_000_003,
  pin: { deploymentId: "dp", protocolVersion: 7 },
  journalLength: 0x01020304,
  commandCount: 5,
  notificationCount: 6,
  starts: 8,
  retryCount: 9,
  retriesSinceEntry: 10,
  nextRetryAt: 11,
  childrenStarted: 12,
  childrenSucceeded: 13,
  childrenFailed: 14,
  lastFailure: {
    code: 500,
    message: "m",
    stacktrace: "s",
    docCode: "RT0007",
    relatedCommandIndex: 0,
    relatedCommandName: "",
    relatedCommandType: 0x411,
  },
  headers: [{ key: "h", value: "v" }],
  input: { kind: "stored", length: 300_000 },
  output: {
    kind: "failure",
    failure: { code: 418, message: "tea", metadata: [{ key: "a", value: "b" }] },
  },
  outputInHeader: true,
  sinks: [
    { key, bornIn: 1, completionId: 128, for: "call" },
    { key: other, bornIn: 2, completionId: 3, for: "attach" },
  ],
  awaiting: Uint8Array.of(1, 2, 3),
  hasJournalRows: true,
  hasPayloadRows: true,
  pausing: true,
  inboxSequence: 200,
  cancelIndex: 201,
  awaitingAfter: 0,
  slots: ["l1", "é"],
  waitingFor: { limiter: "l2", sequence: 300 },
  restartedFrom: other,
  seedOf: key,
};

describe("events", () => {
  it("of a failed attempt and of a pause", () => {
    const failure = { code: 500, message: "é", stacktrace: "at f", docCode: "RT0007" };
    const related = { relatedCommandIndex: 0, relatedCommandName: "n", relatedCommandType: 1 };
    const happened = { at: 1_700_000_000_000, start: 70, afterEntry: 3 };
    const events = [
      { kind: "failed", ...happened, failure },
      { kind: "failed", ...happened, failure: { ...failure, ...related } },
      { kind: "paused", ...happened },
    ] as const;
    expect(events.map(encodeEvent).map(decodeEvent)).toEqual(events);
    expect(events.map((event) => hex(encodeEvent(event)))).toMatchInlineSnapshot(`
      [
        "01000000018bcfe568000000004600000003f40302c3a9046174206606525430303037000000",
        "01000000018bcfe568000000004600000003f40302c3a90461742066065254303030370101016e02",
        "01010000018bcfe568000000004600000003",
      ]
    `);
    expect(events.map((event) => hex(eventRowKey(key, event)))).toMatchInlineSnapshot(`
      [
        "70018bcfe56801000000000000000000010000000000000001030000000600000000",
        "70018bcfe56801000000000000000000010000000000000001030000000600000000",
        "70018bcfe56801000000000000000000010000000000000001030000000600000001",
      ]
    `);
  });
});

describe("the invocation header", () => {
  it("of a young invocation", () => {
    expect(hex(invocationRows.encode(young))).toMatchInlineSnapshot(
      `"030200000101000100000000000780b8992980dddb0180d095ffbc3103000000020353766304776f726b000000000002696e000000"`,
    );
    expect(invocationRows.decode(invocationRows.encode(young), key)).toEqual(young);
  });

  it("of an old one, every field in use", () => {
    expect(hex(invocationRows.encode(old))).toMatchInlineSnapshot(
      `"030501ff84868808050608090c0d0e0a0780b8992980dddb0180d095ffbc31030405010b02034f626a0361646402c3a901016b0000000000000002018bcfe5680200000000000000000002ac02020102647007010168017601e0a712a203037465610101610162f403016d017306525430303037010100920802000000000000000001018bcfe5680100000000000000000001018001010000000000000002018bcfe5680200000000000000000002020303010203ff027363026c6bc801c9010000000000000002018bcfe56802000000000000000000020000000000000001018bcfe568010000000000000000000102026c3102c3a901026c32ac02"`,
    );
    expect(invocationRows.decode(invocationRows.encode(old), key)).toEqual(old);
  });

  it("of one that is suspended, with what its attempt had been given", () => {
    const suspended: Invocation = {
      ...young,
      status: "suspended",
      awaiting: Uint8Array.of(7),
      awaitingAfter: 300,
    };
    const encoded = invocationRows.encode(suspended);
    expect(hex(encoded.slice(-10))).toMatchInlineSnapshot(`"0002696e000107ac0200"`);
    expect(invocationRows.decode(encoded, key)).toEqual(suspended);
  });

  it("of a child says what it has in common with its caller once", () => {
    const caller = { kind: "invocation", key: other, bornIn: 9, completionId: 5 } as const;
    const child: Invocation = {
      ...young,
      root: other,
      caller,
      sinks: [{ key: other, bornIn: 9, completionId: 5, for: "call" }],
    };
    const hisOwn: Invocation = {
      ...child,
      root: keyOf(3),
      sinks: [{ key: other, bornIn: 9, completionId: 6, for: "call" }],
    };
    const encoded = invocationRows.encode(child);
    expect(hex(encoded)).toMatchInlineSnapshot(
      `"030200010101000100000000000780b8992980dddb0180d095ffbc3103000000020353766304776f726b00000000000000000002018bcfe5680200000000000000000002090501000002696e01020000"`,
    );
    expect(invocationRows.decode(encoded, key)).toEqual(child);
    expect(invocationRows.encode(hisOwn)).toHaveLength(encoded.length + 24 + 24 + 2);
    expect(invocationRows.decode(invocationRows.encode(hisOwn), key)).toEqual(hisOwn);
  });

  it("keeps times that are before its making, and those far away", () => {
    const odd: Invocation = { ...young, modifiedAt: 1, scheduledFor: 2 ** 53 - 1 };
    expect(invocationRows.decode(invocationRows.encode(odd), key)).toEqual(odd);
  });

  it("with a root of no known kind is corruption", () => {
    const encoded = invocationRows.encode(young);
    const withOther = invocationRows.encode({ ...young, root: other });
    const at = encoded.findIndex((byte, index) => byte !== withOther[index]);
    const damaged = encoded.slice();
    damaged[at] = 9;
    expect(() => invocationRows.decode(damaged, key)).toThrow(
      expect.objectContaining({ code: "DATA_CORRUPTION" }),
    );
  });
});

describe("other rows", () => {
  it("a journal segment", () => {
    const frame = Uint8Array.of(4, 1, 0, 0, 0, 0, 0, 1, 9);
    expect(hex(encodeSegment([frame, frame], 1_700_000_000_000))).toMatchInlineSnapshot(
      `"010000018bcfe5680000000002040100000000000109040100000000000109"`,
    );
  });

  it("an await tree", () => {
    const tree = future(
      2,
      [2, 4, 6, 9],
      [{ ...anyOf(1), signals: [1], namedSignals: ["go"] }, allOf(7)],
    );
    expect(hex(encodeAwaitTree(toAwaitTree(tree)))).toMatchInlineSnapshot(
      `"02020202030901010000020101010101010101010102676f000201070101000000"`,
    );
  });

  it("lists and the last message received", () => {
    expect(hex(encodeAliveList([key, other]))).toMatchInlineSnapshot(
      `"0000000000000001018bcfe56801000000000000000000010000000000000002018bcfe5680200000000000000000002"`,
    );
    const entries = [
      { key, bornIn: 4, what: "invocation" } as const,
      { key: other, bornIn: 300, what: "journal" } as const,
    ];
    expect(hex(encodeExpiryList(entries))).toMatchInlineSnapshot(
      `"000000000000000001018bcfe568010000000000000000000104010000000000000002018bcfe5680200000000000000000002ac02"`,
    );
    expect(hex(receivedRows.encode({ commit: 2 ** 40, index: 3 }))).toMatchInlineSnapshot(
      `"000001000000000000000003"`,
    );
  });

  it("keys", () => {
    const timer = { timeMs: 1_700_000_000_000, invocation: key, id: 3, bornIn: 9 };
    const all = {
      invocation: invocationRowKey(key),
      segment: segmentRowKey(key, 5),
      payload: payloadRowKey(key, 2, 5, 1),
      alive: aliveRowKey(2 ** 40 + 1),
      expiry: expiryRowKey(28_333_333, 9),
      timer: timerRowKey(timer),
      timerValue: timerRowValue(),
      task: taskRowKey("x"),
      received: receivedRowKey(258),
    };
    const lines = Object.entries(all).map(([name, value]) => `${name} ${hex(value)}`);
    expect(lines).toMatchInlineSnapshot(`
      [
        "invocation 69018bcfe56801000000000000000000010000000000000001",
        "segment 6a018bcfe5680100000000000000000001000000000000000100000005",
        "payload 70018bcfe56801000000000000000000010000000000000001020000000500000001",
        "alive 610000010000000001",
        "expiry 780000000001b055150000000000000009",
        "timer 740000018bcfe56800018bcfe56801000000000000000000010000000000000001000000030000000000000009",
        "timerValue 01",
        "task 6b78",
        "received 720102",
      ]
    `);
  });
});

describe("objects and workflows", () => {
  const instance = instanceId({ service: "Obj", scope: "sc", key: "é\u0000" });

  it("the name of one, and their keys", () => {
    const all = {
      instance: binaryBytes(instance),
      plain: binaryBytes(instanceId({ service: "Obj", scope: "", key: "k" })),
      object: objectRows.rowKey(instance),
      inbox: inboxRows.rowKey(inboxKey(instance, 300)),
      state: stateRows.rowKey(stateKey(instance, 2, Uint8Array.of(0, 255))),
      promise: promiseRows.rowKey(promiseKey(instance, "é")),
    };
    const lines = Object.entries(all).map(([name, value]) => `${name} ${hex(value)}`);
    expect(lines).toMatchInlineSnapshot(`
      [
        "instance 4f626a000173630001c3a900ff0001",
        "plain 4f626a000100016b0001",
        "object 6f4f626a000173630001c3a900ff0001",
        "inbox 714f626a000173630001c3a900ff0001000000000000012c",
        "state 734f626a000173630001c3a900ff00010000000200ff",
        "promise 644f626a000173630001c3a900ff0001c3a9",
      ]
    `);
  });

  it("who holds one, who waits, and which generation its state is", () => {
    const all: readonly ObjectRow[] = [
      { holder: undefined, head: 1, tail: 1, generation: 2 },
      { holder: key, head: 3, tail: 300, generation: 0 },
      { holder: "task", head: 3, tail: 4, generation: 1 },
    ];
    const encoded = all.map((row) => objectRows.encode(row));
    expect(encoded.map((bytes) => objectRows.decode(bytes, instance))).toEqual(all);
    expect(encoded.map(hex)).toMatchInlineSnapshot(`
      [
        "0100010102",
        "01010000000000000001018bcfe568010000000000000000000103ac0200",
        "0102030401",
      ]
    `);
  });

  it("places of an inbox", () => {
    const entries = [{ key: bytes("a"), value: bytes("1") }];
    const all: readonly InboxEntry[] = [
      { kind: "invocation", key },
      { kind: "mutation", mutation: { entries, version: undefined } },
      { kind: "mutation", mutation: { entries: [], version: "v" } },
    ];
    const encoded = all.map((entry) => inboxRows.encode(entry));
    expect(encoded.map((bytes) => inboxRows.decode(bytes, ""))).toEqual(all);
    expect(encoded.map(hex)).toMatchInlineSnapshot(`
      [
        "000000000000000001018bcfe5680100000000000000000001",
        "01000101610131",
        "0101017600",
      ]
    `);
  });

  it("promises", () => {
    const all: readonly PromiseRow[] = [
      { kind: "open", waiters: [{ key, bornIn: 300, completionId: 2 }] },
      { kind: "completed", outcome: { kind: "value", value: bytes("r") } },
      { kind: "completed", outcome: { kind: "failure", failure: { code: 409, message: "no" } } },
    ];
    const encoded = all.map((row) => promiseRows.encode(row));
    expect(encoded.map((bytes) => promiseRows.decode(bytes, ""))).toEqual(all);
    expect(encoded.map(hex)).toMatchInlineSnapshot(`
      [
        "00010000000000000001018bcfe5680100000000000000000001ac0202",
        "01000172",
        "01019903026e6f00",
      ]
    `);
  });
});

describe("tasks", () => {
  it("of every kind, with their names", () => {
    const instance = instanceId({ service: "O", scope: "", key: "k" });
    const all: readonly Task[] = [
      { kind: "kill", key, nextEntry: 300 },
      { kind: "purge", key, bornIn: 9 },
      { kind: "purgeJournal", key, bornIn: 9 },
      { kind: "clear", instance, generation: 3 },
      { kind: "copy", key, from: other, fromBornIn: 9, upTo: 7, nextEntry: 2 },
      { kind: "unlock", instance },
      { kind: "grant", limiter: "service:é" },
    ];
    const read = all.map((task) => taskRows.decode(taskRows.encode(task), taskName(task)));
    expect(read).toEqual(all);
    const lines = all.map(
      (task) => `${hex(taskRows.rowKey(taskName(task)))} ${hex(taskRows.encode(task))}`,
    );
    expect(lines).toMatchInlineSnapshot(`
      [
        "6b6b0000000000000001018bcfe5680100000000000000000001 010000012c",
        "6b700000000000000001018bcfe5680100000000000000000001 010000000000000009",
        "6b6a0000000000000001018bcfe5680100000000000000000001 010000000000000009",
        "6b634f000100016b0001 0100000003",
        "6b720000000000000001018bcfe5680100000000000000000001 010000000000000002018bcfe568020000000000000000000200000000000000090000000700000002",
        "6b754f000100016b0001 01",
        "6b67736572766963653ac3a9 01",
      ]
    `);
  });
});

describe("concurrency limits", () => {
  it("how many run under one, and who waits", () => {
    const limiter = { running: 300, head: 2, tail: 5 };
    const waiter = { key, start: 300 };
    expect(limiterRows.decode(limiterRows.encode(limiter), "")).toEqual(limiter);
    expect(slotRows.decode(slotRows.encode(waiter), "")).toEqual(waiter);
    const all = {
      limiterKey: limiterRows.rowKey("service:é"),
      limiter: limiterRows.encode(limiter),
      slotKey: slotRows.rowKey(slotKey("service:é", 300)),
      slot: slotRows.encode(waiter),
    };
    const lines = Object.entries(all).map(([name, value]) => `${name} ${hex(value)}`);
    expect(lines).toMatchInlineSnapshot(`
      [
        "limiterKey 6c736572766963653ac3a9",
        "limiter ac020205",
        "slotKey 76736572766963653ac3a900000000000000012c",
        "slot 0000000000000001018bcfe5680100000000000000000001ac02",
      ]
    `);
  });
});

describe("messages between partitions", () => {
  it("an invoke", () => {
    const message = {
      kind: "invoke",
      to: key,
      fresh: false,
      target: { service: "Svc", handler: "work", key: "k", handlerKind: "workflow", scope: "sc" },
      idempotencyKey: "ik",
      limitKey: "lk",
      headers: [{ key: "h", value: "v" }],
      input: bytes("in"),
      scheduledFor: 1_700_000_000_000,
      caller: other,
      callerBornIn: 300,
      completionId: 2,
      root: other,
    } as const;
    const encoded = encodePartitionMessage(message);
    expect(hex(encoded)).toMatchInlineSnapshot(
      `"010000000000000001018bcfe5680100000000000000000001000353766304776f726b016b030273630102696b026c6b010168017602696e0000018bcfe568000000000000000002018bcfe5680200000000000000000002ac02020000000000000002018bcfe5680200000000000000000002"`,
    );
    expect(decodePartitionMessage(encoded)).toEqual(message);
  });

  it("results", () => {
    const outcomes = [
      { kind: "value", value: bytes("r") },
      {
        kind: "failure",
        failure: { code: 409, message: "no", metadata: [{ key: "a", value: "b" }] },
      },
    ] as const;
    const all = [
      { for: "call", outcome: outcomes[0] },
      { for: "attach", outcome: outcomes[1] },
      { for: "output", outcome: undefined },
      { for: "promise", outcome: outcomes[0] },
    ] as const;
    const encoded = all.map((fields) =>
      encodePartitionMessage({ kind: "result", to: key, bornIn: 300, completionId: 2, ...fields }),
    );
    expect(encoded.map(decodePartitionMessage)).toMatchObject(all);
    expect(encoded.map(hex)).toMatchInlineSnapshot(`
      [
        "020000000000000001018bcfe568010000000000000000000100ac020201000172",
        "020000000000000001018bcfe568010000000000000000000101ac020201019903026e6f0101610162",
        "020000000000000001018bcfe568010000000000000000000102ac020200",
        "020000000000000001018bcfe568010000000000000000000103ac020201000172",
      ]
    `);
  });

  it("signals, kills, slots and requests for results", () => {
    const all = [
      { kind: "signal", to: key, signal: { kind: "signal", signalIndex: 300, result: VOID } },
      {
        kind: "signal",
        to: key,
        signal: { kind: "signal", signalName: "é", result: { kind: "value", value: bytes("r") } },
      },
      { kind: "kill", to: key },
      { kind: "acquire", to: key, limiter: "l", key: other, start: 300 },
      { kind: "grant", to: key, limiter: "l", start: 300 },
      { kind: "release", to: key, limiter: "l" },
      {
        kind: "attach",
        to: key,
        mode: "attach",
        caller: other,
        callerBornIn: 300,
        completionId: 2,
      },
      {
        kind: "attach",
        to: key,
        mode: "output",
        caller: other,
        callerBornIn: 300,
        completionId: 2,
      },
    ] as const;
    const encoded = all.map(encodePartitionMessage);
    expect(encoded.map(decodePartitionMessage)).toEqual(all);
    expect(encoded.map(hex)).toMatchInlineSnapshot(`
      [
        "030000000000000001018bcfe568010000000000000000000100ac0200",
        "030000000000000001018bcfe56801000000000000000000010102c3a901000172",
        "040000000000000001018bcfe5680100000000000000000001",
        "060000000000000001018bcfe5680100000000000000000001016c0000000000000002018bcfe5680200000000000000000002ac02",
        "070000000000000001018bcfe5680100000000000000000001016cac02",
        "080000000000000001018bcfe5680100000000000000000001016c",
        "050000000000000001018bcfe5680100000000000000000001000000000000000002018bcfe5680200000000000000000002ac0202",
        "050000000000000001018bcfe5680100000000000000000001010000000000000002018bcfe5680200000000000000000002ac0202",
      ]
    `);
  });
});
