/** The mirror, in its process, against what a look at the store says. */
import {
  type Invocation,
  type InvocationStatus,
  type PartitionStore,
  StoreError,
} from "@rejoin/engine";
import { formatInvocationId } from "@rejoin/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../../limits.ts";
import { createRealPorts } from "../../ports/real-ports.ts";
import { Introspection } from "../introspection.ts";
import { openMirrorProcess } from "../process/open-process.ts";
import { invocationOf, keyOf, openWith, type StoredPartitions } from "../testing/stored.ts";
import type { InvocationFilter } from "./filter.ts";
import { Mirror } from "./mirror.ts";
import type { GroupBy } from "./questions.ts";

const COUNT = 400;
const NOW_MS = 1_700_000_000_000;
const STATUSES: readonly InvocationStatus[] = [
  "completed",
  "completed",
  "completed",
  "invoked",
  "suspended",
  "paused",
  "inboxed",
  "scheduled",
];

const failure = (i: number) => ({
  code: 500 + (i % 3),
  message: `Step ${i % 4} failed\nat line ${i}`,
});
const attemptFailure = (i: number) => ({
  ...failure(i),
  stacktrace: "",
  docCode: i % 5 === 0 ? "RT0011" : "RT0007",
});

const parent = invocationOf(keyOf(NOW_MS - 1_000_000));
const invocations: readonly Invocation[] = Array.from({ length: COUNT }, (_, i) => {
  const key = keyOf(NOW_MS - i * 1000, i % 3);
  const status = STATUSES[i % STATUSES.length] ?? "completed";
  const isObject = i % 2 === 0;
  return invocationOf(key, {
    status,
    target: {
      service: `service-${i % 4}`,
      handler: i % 3 === 0 ? "run" : "walk",
      key: isObject ? `key/${i % 6}` : "",
      handlerKind: isObject ? "exclusive" : "service",
      scope: i % 11 === 0 ? "tenant" : "",
    },
    idempotencyKey: i % 13 === 0 ? `once-${i}` : undefined,
    caller:
      i % 5 === 0
        ? { kind: "invocation", key: parent.key, bornIn: 1, completionId: i }
        : { kind: "ingress" },
    root: i % 5 === 0 ? parent.key : key,
    restartedFrom: i % 17 === 0 ? parent.key : undefined,
    // Some at the same instant, so that their order is that of their ids.
    createdAt: NOW_MS - Math.floor(i / 3) * 20_000,
    modifiedAt: NOW_MS - i * 500,
    completedAt: status === "completed" ? NOW_MS - i * 500 : 0,
    nextRetryAt: i % 16 === 3 ? NOW_MS + 5000 : 0,
    lastFailure: status !== "completed" && i % 3 !== 0 ? attemptFailure(i) : undefined,
    output:
      status !== "completed"
        ? undefined
        : i % 3 === 1
          ? { kind: "failure", failure: failure(i) }
          : { kind: "success", value: { kind: "inline", bytes: new Uint8Array(0) } },
    pin: i % 7 === 0 ? undefined : { deploymentId: "embedded:main", protocolVersion: 7 },
    waitingFor: i % 24 === 11 ? { limiter: "service:service-3", sequence: 1 } : undefined,
  });
});

const open = new Set([invocations[3]?.key, invocations[27]?.key]);
const ports = { ...createRealPorts(() => undefined), clock: { now: () => NOW_MS } };
let partitions: StoredPartitions;
let stores: readonly (PartitionStore | undefined)[];
let mirror: Mirror;

function introspectionWith(own: Mirror | undefined): Introspection {
  return new Introspection({
    partitions,
    limits: DEFAULT_LIMITS,
    mirror: own,
    partitionOfInstance: () => 0,
    context: () => ({ nowMs: NOW_MS, isInFlight: (key) => open.has(key) }),
  });
}

function createMirror(limits = DEFAULT_LIMITS): Mirror {
  return new Mirror({
    openProcess: openMirrorProcess,
    ports,
    limits,
    stores: () => stores,
    registry: () => ({ services: [], deployments: [], rules: [] }),
    inFlight: () =>
      [...open].flatMap((key) =>
        key === undefined
          ? []
          : [{ id: formatInvocationId(key), startedAt: NOW_MS, deploymentId: "dp_1" }],
      ),
  });
}

beforeAll(async () => {
  partitions = await openWith([...invocations, parent], 3);
  stores = partitions.all();
  mirror = createMirror();
});

afterAll(() => mirror.close());

const FILTERS: readonly InvocationFilter[] = [
  {},
  { status: ["running"] },
  { status: ["ready", "backing-off"] },
  { status: ["pending"] },
  { status: ["completed", "paused"], service: ["service-1", "service-2"] },
  { service: ["nobody"] },
  { handler: ["run"], completionResult: "failure" },
  { completionResult: "success", key: "key/4" },
  { key: "" },
  { scope: "tenant" },
  { scope: "" },
  { deployment: "embedded:main", handler: ["walk"] },
  { parent: formatInvocationId(parent.key) },
  { root: formatInvocationId(parent.key), status: ["suspended"] },
  { invokedBy: ["service", "restart_as_new"] },
  { error: "STEP 2" },
  { error: "[501] step" },
  { error: "%" },
  { target: "service-2" },
  { target: "service-2/key" },
  { target: "service-2/key/0" },
  { target: "service-2/key/0/run" },
  { target: "service-1/run" },
  { target: "service" },
  { id: "inv_1" },
  { id: formatInvocationId(parent.key) },
  { idempotencyKey: "once-26" },
  { createdAfter: NOW_MS - 100_000, createdBefore: NOW_MS - 20_000 },
  { modifiedAfter: NOW_MS - 50_000, modifiedBefore: NOW_MS },
  { service: ["it's; drop table headers --"] },
];

describe("a list", () => {
  it.each(FILTERS)("holds what fits %j, whoever answers", async (filter) => {
    const query = { filter, limit: 1000, after: undefined, total: true } as const;
    const scanned = await introspectionWith(undefined).list({ ...query, order: "newest" });
    const newest = await introspectionWith(mirror).list({ ...query, order: "newest" });
    const ids = (page: { invocations: readonly Invocation[] }) =>
      page.invocations.map(({ key }) => formatInvocationId(key));
    expect(ids(newest).sort()).toEqual(ids(scanned).sort());
    expect(newest).toMatchObject({ total: scanned.invocations.length, isComplete: true });
    expect(scanned.total).toBe(newest.total);
    const places = newest.invocations.map(({ key, createdAt }) => ({ key, createdAt }));
    const byCreation = [...places].sort((a, b) => b.createdAt - a.createdAt);
    expect(places.map(({ createdAt }) => createdAt)).toEqual(
      byCreation.map(({ createdAt }) => createdAt),
    );
    const oldest = await introspectionWith(mirror).list({ ...query, order: "oldest" });
    expect(oldest.invocations.map(({ key }) => key).reverse()).toEqual(
      newest.invocations.map(({ key }) => key),
    );
  });

  it.each([1, 7, 100])("has pages of %i without gaps or repetitions", async (limit) => {
    const introspection = introspectionWith(mirror);
    const filter = { service: ["service-1"] };
    const whole = await introspection.list({
      filter,
      order: "newest",
      limit: 1000,
      after: undefined,
      total: false,
    });
    const keys: string[] = [];
    let after: { createdAt: number | undefined; id: string } | undefined;
    do {
      const page = await introspection.list({
        filter,
        order: "newest",
        limit,
        after,
        total: false,
      });
      expect(page.invocations.length).toBeLessThanOrEqual(limit);
      keys.push(...page.invocations.map(({ key }) => key));
      // An id alone is as good a cursor.
      after =
        page.next && (keys.length % 2 === 0 ? page.next : { ...page.next, createdAt: undefined });
    } while (after !== undefined);
    expect(keys).toEqual(whole.invocations.map(({ key }) => key));
  });
});

describe("a summary", () => {
  it.each<readonly GroupBy[]>([
    ["status"],
    ["service", "status"],
    ["failure"],
    ["handler", "failure"],
    ["parent"],
    [],
  ])("by %s, %s has the same groups, whoever answers", async (...groupBy) => {
    for (const filter of FILTERS.slice(0, 8)) {
      const question = { kind: "summary", filter, groupBy, limit: 1000 } as const;
      const scanned = await introspectionWith(undefined).summarize(question);
      const mirrored = await introspectionWith(mirror).summarize(question);
      const comparable = ({ answer }: typeof scanned) =>
        answer.groups
          .map(({ sampleIds, ...group }) =>
            JSON.stringify(
              { ...group, samples: sampleIds.length },
              Object.keys({ ...group, samples: 0 }).sort(),
            ),
          )
          .sort();
      expect(comparable(mirrored)).toEqual(comparable(scanned));
      expect(mirrored.answer.total).toBe(scanned.answer.total);
    }
  });

  it("shows the largest groups", async () => {
    const question = { kind: "summary", filter: {}, groupBy: ["status"], limit: 2 } as const;
    const { answer } = await introspectionWith(mirror).summarize(question);
    expect(answer.groups.map(({ status }) => status)).toEqual(["completed", expect.any(String)]);
    expect(answer).toMatchObject({ isTruncated: true, total: COUNT + 1 });
  });
});

describe("children", () => {
  const question = {
    kind: "children",
    parent: formatInvocationId(parent.key),
    status: undefined,
    failed: undefined,
    limit: 1000,
    after: undefined,
  } as const;

  it("are the same, whoever answers, in the order of the calls", async () => {
    for (const narrowed of [
      {},
      { failed: true },
      { failed: false },
      { status: ["paused"] },
    ] as const) {
      const scanned = await introspectionWith(undefined).children({ ...question, ...narrowed });
      const mirrored = await introspectionWith(mirror).children({ ...question, ...narrowed });
      expect(mirrored.invocations.map(({ key }) => key)).toEqual(
        scanned.invocations.map(({ key }) => key),
      );
      expect(mirrored.summary).toEqual(scanned.summary);
      const plain = ({ failures }: typeof scanned) =>
        failures.map(({ message, code, count }) => `${message} ${code} ${count}`).sort();
      expect(plain(mirrored)).toEqual(plain(scanned));
      expect(mirrored.failures.length).toBeGreaterThan(0);
    }
  });

  it("have pages", async () => {
    for (const own of [mirror, undefined]) {
      const introspection = introspectionWith(own);
      const whole = await introspection.children(question);
      const first = await introspection.children({ ...question, limit: 33 });
      const second = await introspection.children({ ...question, limit: 1000, after: first.next });
      expect([...first.invocations, ...second.invocations]).toEqual(whole.invocations);
      expect(second.next).toBeUndefined();
    }
  });
});

it("an overview is the same, whoever answers", async () => {
  const scanned = await introspectionWith(undefined).overview();
  const mirrored = await introspectionWith(mirror).overview();
  const sorted = (list: readonly object[]) =>
    list
      .map((item) => ({ ...item, sampleIds: undefined }))
      .map((item) => JSON.stringify(item, Object.keys(item).sort()))
      .sort();
  expect(sorted(mirrored.answer.counts)).toEqual(sorted(scanned.answer.counts));
  expect(mirrored.answer.lastMinute).toEqual(scanned.answer.lastMinute);
  expect(mirrored.answer.lastHour).toEqual(scanned.answer.lastHour);
  expect(sorted(mirrored.answer.stuck)).toEqual(sorted(scanned.answer.stuck));
  const kinds = new Set(mirrored.answer.stuck.map(({ kind }) => kind));
  expect(kinds).toEqual(
    new Set(["paused", "backing-off", "unknown-service", "locked-key", "waiting-for-slot"]),
  );
});

describe("a mirror", () => {
  it("is filled again after a partition has been opened anew", async () => {
    mirror.reset();
    const page = await introspectionWith(mirror).list({
      filter: {},
      order: "newest",
      limit: 1,
      after: undefined,
      total: true,
    });
    expect(page.total).toBe(COUNT + 1);
  });

  it("says that a partition is not open", async () => {
    const closed = createMirror();
    stores = [stores[0], undefined, stores[2]];
    await expect(closed.ask({ kind: "overview" })).rejects.toMatchObject({
      why: "unavailable",
      message: "partition 1 is being opened; try again in a moment",
    });
    const asked = introspectionWith(closed).overview();
    await expect(asked).rejects.toThrow(StoreError);
    await expect(asked).rejects.toMatchObject({ code: "UNAVAILABLE" });
    stores = partitions.all();
    expect((await introspectionWith(closed).overview()).isComplete).toBe(true);
    await closed.close();
    await expect(closed.ask({ kind: "overview" })).rejects.toMatchObject({ why: "unavailable" });
  });

  it("that has no room for all invocations leaves lists to a look at the store", async () => {
    const small = createMirror({ ...DEFAULT_LIMITS, sqlMemoryBytesMax: 1024 * 1024 });
    const own = introspectionWith(small);
    const refused = await own.query({ kind: "sql", statement: "SELECT 1", format: "json" });
    expect(refused).toMatchObject({
      why: "absent",
      message: expect.stringContaining("cannot be filled"),
    });
    await small.close();
  });

  it("that has no process leaves lists to a look at the store, and SQL to nobody", async () => {
    const absent = new Mirror({
      openProcess: undefined,
      ports,
      limits: DEFAULT_LIMITS,
      stores: () => [],
      registry: () => ({ services: [], deployments: [], rules: [] }),
      inFlight: () => [],
    });
    const introspection = introspectionWith(absent);
    expect((await introspection.overview()).answer.counts.length).toBeGreaterThan(0);
    const result = await introspection.query({
      kind: "sql",
      statement: "SELECT 1",
      format: "json",
    });
    expect(result).toMatchObject({ kind: "refused", why: "absent" });
  });
});
