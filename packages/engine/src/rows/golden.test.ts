/** Stored forms, pinned: data that an earlier version wrote must stay readable. */
import { describe, expect, it } from "vitest";
import { encodeAwaitTree, toAwaitTree } from "../model/await-tree.ts";
import type { Invocation } from "../model/invocation.ts";
import { decodePartitionMessage, encodePartitionMessage } from "../partition-message.ts";
import { allOf, anyOf, bytes, future, keyOf } from "../testing/records.ts";
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
import { encodeAliveList, encodeExpiryList } from "./list-rows.ts";
import { receivedRows } from "./received-row.ts";

const hex = (value: Uint8Array) => Buffer.from(value).toString("hex");
const key = keyOf(1);
const other = keyOf(2);

const young: Invocation = {
  key,
  status: "invoked",
  target: { service: "Svc", handler: "work", key: "", handlerKind: "service" },
  idempotencyKey: undefined,
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
};

const old: Invocation = {
  ...young,
  status: "completed",
  target: { service: "Obj", handler: "add", key: "é", handlerKind: "exclusive" },
  idempotencyKey: "k",
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
  sinks: [{ key, bornIn: 1, completionId: 128 }],
  awaiting: Uint8Array.of(1, 2, 3),
  hasJournalRows: true,
  hasPayloadRows: true,
};

describe("the invocation header", () => {
  it("of a young invocation", () => {
    expect(hex(invocationRows.encode(young))).toMatchInlineSnapshot(
      `"0102000000000001000000010000000000000001000000000000000000000000000000000000018bcfe568000000018bcfe5680100000000000000000000000000000000000000000000000000000000000000070000000005265c00000000000036ee80000000000000018bcfe568000353766304776f726b00000000000000000001018bcfe5680100000000000000000001000002696e0000"`,
    );
    expect(invocationRows.decode(invocationRows.encode(young), key)).toEqual(young);
  });

  it("of an old one, every field in use", () => {
    expect(hex(invocationRows.encode(old))).toMatchInlineSnapshot(
      `"010501ff01020304000000050000000600000008000000090000000c0000000d0000000e0000018bcfe568000000018bcfe568010000018bcfe568020000018bcfe56803000000000000000b00000000000000070000000005265c00000000000036ee800000000a0000018bcfe56800034f626a0361646402c3a901016b0000000000000002018bcfe56802000000000000000000020000000000000002018bcfe5680200000000000000000002ac020202647007010168017601e0a712a203037465610101610162f403016d0173065254303030370101009208010000000000000001018bcfe568010000000000000000000101800103010203"`,
    );
    expect(invocationRows.decode(invocationRows.encode(old), key)).toEqual(old);
  });

  it("has its fixed part at the places of the table", () => {
    const view = new DataView(invocationRows.encode(old).buffer);
    const u64 = (at: number) => view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4);
    expect([0, 1, 2, 3].map((at) => view.getUint8(at))).toEqual([1, 5, 1, 255]);
    expect([4, 8, 12, 16, 20, 24, 28, 32].map((at) => view.getUint32(at))).toEqual([
      0x01020304, 5, 6, 8, 9, 12, 13, 14,
    ]);
    expect([36, 44, 52, 60, 68, 76, 84, 92].map(u64)).toEqual([
      1_700_000_000_000, 1_700_000_000_001, 1_700_000_000_002, 1_700_000_000_003, 11, 7, 86_400_000,
      3_600_000,
    ]);
    expect(view.getUint32(100)).toBe(10);
    expect(u64(104)).toBe(1_700_000_000_000);
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
      { key, what: "invocation" } as const,
      { key: other, what: "journal" } as const,
    ];
    expect(hex(encodeExpiryList(entries))).toMatchInlineSnapshot(
      `"000000000000000001018bcfe5680100000000000000000001010000000000000002018bcfe5680200000000000000000002"`,
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
      timerValue: timerRowValue(timer),
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
        "timer 740000018bcfe56800018bcfe5680100000000000000000001000000000000000100000003",
        "timerValue 0000000000000009",
        "task 6b78",
        "received 720102",
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
      target: { service: "Svc", handler: "work", key: "k", handlerKind: "workflow" },
      idempotencyKey: "ik",
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
      `"010000000000000001018bcfe5680100000000000000000001000353766304776f726b016b030102696b010168017602696e0000018bcfe568000000000000000002018bcfe5680200000000000000000002ac02020000000000000002018bcfe5680200000000000000000002"`,
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
    const encoded = outcomes.map((outcome) =>
      hex(
        encodePartitionMessage({ kind: "result", to: key, bornIn: 300, completionId: 2, outcome }),
      ),
    );
    expect(encoded).toMatchInlineSnapshot(`
      [
        "020000000000000001018bcfe5680100000000000000000001ac0202000172",
        "020000000000000001018bcfe5680100000000000000000001ac0202019903026e6f0101610162",
      ]
    `);
  });
});
