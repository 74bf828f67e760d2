/** New invocations: what they look like and how long their traces are kept (server.md §5.4). */
import { describe, expect, it } from "vitest";
import type { HandlerSettings } from "../registry.ts";
import { PayloadKind, TIMER_START } from "../rows/keys.ts";
import { TestPartition } from "../testing/partition.ts";
import {
  attemptFailed,
  bytes,
  call,
  finish,
  fireNext,
  invoke,
  keyOf,
  patterned,
  SVC,
  send,
  started,
  WF,
} from "../testing/records.ts";
import { createRegistry } from "../testing/registry.ts";

const key = keyOf(1);

describe("an invocation from the ingress", () => {
  it("is its own root, holds its Input as entry 0, and starts at once", () => {
    const partition = new TestPartition();
    const headers = [{ key: "h", value: "v" }];
    const applied = partition.apply(invoke(key, { headers }));
    expect(started(applied)).toEqual([key]);
    expect(applied.effects.born).toEqual([key]);
    expect(partition.get(key)).toEqual({
      key,
      status: "invoked",
      target: SVC,
      idempotencyKey: undefined,
      limitKey: "",
      caller: { kind: "ingress" },
      root: key,
      createdAt: partition.timeMs,
      modifiedAt: partition.timeMs,
      scheduledFor: 0,
      completedAt: 0,
      completionRetentionMs: 86_400_000,
      journalRetentionMs: 86_400_000,
      pin: undefined,
      journalLength: 1,
      commandCount: 1,
      notificationCount: 0,
      starts: 1,
      retryCount: 0,
      retriesSinceEntry: 0,
      lastEntryAt: partition.timeMs,
      nextRetryAt: 0,
      lastFailure: undefined,
      childrenStarted: 0,
      childrenSucceeded: 0,
      childrenFailed: 0,
      bornIn: 1,
      input: { kind: "inline", bytes: bytes("in") },
      headers,
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
    });
  });

  it("costs one row of its own while it is small", () => {
    const partition = new TestPartition();
    const { commit } = partition.apply(invoke(key));
    expect(commit.writes.map((write) => String.fromCharCode(write.key[0] ?? 0))).toEqual([
      "i",
      "a",
    ]);
  });

  it("with a time is scheduled, also for a time that has passed", () => {
    for (const scheduledFor of [1, 1_700_000_060_000]) {
      const partition = new TestPartition();
      const applied = partition.apply(invoke(key, { scheduledFor }));
      expect(started(applied)).toEqual([]);
      expect(partition.get(key)).toMatchObject({ status: "scheduled", starts: 0, scheduledFor });
      expect(partition.timers()).toEqual([
        { timeMs: scheduledFor, invocation: key, id: TIMER_START, bornIn: 1 },
      ]);
    }
  });

  it("keeps a large input in rows of its own", () => {
    const partition = new TestPartition();
    const input = patterned(2049);
    partition.apply(invoke(key, { input }));
    expect(partition.get(key).input).toEqual({ kind: "stored", length: 2049 });
    expect(partition.get(key).hasPayloadRows).toBe(true);
    expect(partition.payload(key, PayloadKind.input)).toEqual(input);
  });
});

describe("the pin", () => {
  it("is set by the first stored entry and never changed", () => {
    const partition = new TestPartition();
    partition.apply(invoke(key));
    send(partition, key, [call(2)], { deploymentId: "dp", version: 6 });
    expect(partition.get(key).pin).toEqual({ deploymentId: "dp", protocolVersion: 6 });
    partition.apply(attemptFailed(partition, key));
    fireNext(partition);
    send(partition, key, [call(4)], { deploymentId: "newer", version: 7 });
    expect(partition.get(key).pin).toEqual({ deploymentId: "dp", protocolVersion: 6 });
  });

  it("is not set by an attempt that stored nothing", () => {
    const nothing = [
      [{ kind: "error", code: 500, message: "x", stacktrace: "", behavior: 0 }],
      [{ kind: "end" }],
      [call(2, { service: "Nope" })],
    ] as const;
    for (const messages of nothing) {
      const partition = new TestPartition();
      partition.apply(invoke(key));
      send(partition, key, messages, { deploymentId: "old" });
      expect(partition.get(key).pin).toBeUndefined();
    }
  });
});

describe("retention", () => {
  const minute = 60_000;

  interface Case {
    readonly what: string;
    readonly settings: Partial<HandlerSettings>;
    readonly options: Parameters<typeof invoke>[1];
    readonly completion: number;
    readonly journal: number;
  }

  const settings = {
    idempotencyRetentionMs: 5 * minute,
    workflowRetentionMs: 7 * minute,
    journalRetentionMs: 3 * minute,
  };
  const cases: readonly Case[] = [
    {
      what: "without key: both are the journal's",
      settings,
      options: {},
      completion: 3 * minute,
      journal: 3 * minute,
    },
    {
      what: "with an idempotency key: its own for the result, the shorter one for the journal",
      settings,
      options: { idempotencyKey: "k" },
      completion: 5 * minute,
      journal: 3 * minute,
    },
    {
      what: "with an idempotency key that is kept less long than the journal",
      settings: { ...settings, journalRetentionMs: 9 * minute },
      options: { idempotencyKey: "k" },
      completion: 5 * minute,
      journal: 5 * minute,
    },
    {
      what: "of a workflow's run: the workflow's",
      settings,
      options: { target: WF },
      completion: 7 * minute,
      journal: 3 * minute,
    },
    {
      what: "of a workflow's run that is kept less long than the journal",
      settings: { ...settings, workflowRetentionMs: 1 * minute },
      options: { target: WF },
      completion: 1 * minute,
      journal: 1 * minute,
    },
    {
      what: "of a workflow's shared handler: as without key",
      settings,
      options: { target: { ...WF, handler: "query", handlerKind: "shared" } },
      completion: 3 * minute,
      journal: 3 * minute,
    },
    {
      what: "with both zero",
      settings: { ...settings, journalRetentionMs: 0 },
      options: {},
      completion: 0,
      journal: 0,
    },
  ];
  for (const { what, settings: own, options, completion, journal } of cases) {
    it(`is fixed at birth, ${what}`, () => {
      const partition = new TestPartition({ registry: createRegistry({ settings: own }) });
      partition.apply(invoke(key, options));
      partition.registry = createRegistry({
        settings: { idempotencyRetentionMs: 1, workflowRetentionMs: 1, journalRetentionMs: 1 },
      });
      send(partition, key, [call(2), ...finish()]);
      expect(partition.get(key)).toMatchObject({
        completionRetentionMs: completion,
        journalRetentionMs: journal,
      });
    });
  }
});
