/**
 * A store with very many invocations, and what the introspection says of them: the counts are known.
 *
 * `npm run test:full` takes a million, and shows how long everything took.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Invocation, type InvocationStatus, invocationRows } from "@rejoin/engine";
import { openLevelStore } from "@rejoin/storage";
import { expect, it, onTestFinished } from "vitest";
import { startServer, type TestServer } from "../admin/testing/running-server.ts";
import { invocationOf, keyOf } from "./testing/stored.ts";

const isFull = process.env.REJOIN_TEST_FULL === "1";
const COUNT = isFull ? 1_000_000 : 2_000;
const PAGE = 10_000;
const NOW_MS = Date.now();
const STATUSES: readonly InvocationStatus[] = [
  ...Array<InvocationStatus>(94).fill("completed"),
  "suspended",
  "suspended",
  "suspended",
  "scheduled",
  "paused",
  "paused",
];

/** Of fifty services, in all stored states, some with a failure; a tenth are children of one. */
function numbered(i: number, parent: Invocation | undefined): Invocation {
  const key = keyOf(NOW_MS - COUNT + i, i % 97);
  const status = STATUSES[i % 100] ?? "completed";
  const isChild = i % 10 === 3 && parent !== undefined;
  const failure = { code: 500, message: `step ${i % 7} went wrong` };
  const isEnd = status === "completed";
  const output =
    i % 20 === 7
      ? ({ kind: "failure", failure } as const)
      : ({ kind: "success", value: { kind: "inline", bytes: new Uint8Array(20) } } as const);
  return invocationOf(key, {
    status,
    target: {
      service: `Service${i % 50}`,
      handler: "run",
      key: `user-${i}`,
      handlerKind: "exclusive",
    },
    caller: isChild
      ? { kind: "invocation", key: parent.key, bornIn: 1, completionId: i }
      : { kind: "ingress" },
    root: isChild ? parent.root : key,
    createdAt: NOW_MS - COUNT + i,
    modifiedAt: NOW_MS - COUNT + i,
    completedAt: isEnd ? NOW_MS - COUNT + i : 0,
    pin: { deploymentId: "dp_11nGQpCRmau6ypL82KH2TnP", protocolVersion: 7 },
    input: { kind: "inline", bytes: new Uint8Array(100) },
    output: isEnd ? output : undefined,
    ...(status === "paused"
      ? { lastFailure: { ...failure, stacktrace: "at somewhere", docCode: "RT0007" } }
      : {}),
  });
}

async function fill(directory: string): Promise<Invocation> {
  const store = await openLevelStore({ directory });
  const partition = await store.open(0);
  const parent = numbered(0, undefined);
  for (let start = 0, number = 1; start < COUNT; start += PAGE, number++) {
    const writes = Array.from({ length: Math.min(PAGE, COUNT - start) }, (_, i) => {
      const invocation = numbered(start + i, parent);
      return {
        key: invocationRows.rowKey(invocation.key),
        value: invocationRows.encode(invocation),
      };
    });
    await partition.commit({ number, timeMs: 1, writes, messages: [], consumed: [] });
  }
  await store.close();
  return parent;
}

const JSON_ANSWER = { accept: "application/json" };
const shown: string[] = [];

async function timed<T>(what: string, run: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const result = await run();
  shown.push(`${what}: ${Math.round(performance.now() - startedAt)} ms`);
  return result;
}

async function ask(server: TestServer, path: string) {
  const answer = await timed(path, () => server.call(`GET ${path}`));
  expect(answer.status).toBe(200);
  return answer.json;
}

it(
  "counts and lists very many",
  async () => {
    const directory = await mkdtemp(join(tmpdir(), "rejoin-many-"));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const parent = await fill(directory);
    const server = await startServer({ dataDir: directory });
    shown.push(`memory before: ${Math.round(process.memoryUsage.rss() / 1e6)} MB`);

    // Lists and counts do not wait for a mirror that is being filled; a statement does.
    const statement = "select status, count(*) as n from sys_invocation group by status order by n";
    const count = () => server.call("POST /query", { query: statement }, JSON_ANSWER);
    const loaded = await timed("filling the mirror", count);
    expect(loaded.json.rows).toHaveLength(4);
    shown.push(`memory loaded: ${Math.round(process.memoryUsage.rss() / 1e6)} MB`);
    const first = await ask(server, "/invocations?limit=1&total=true");
    expect(first).toMatchObject({ total: COUNT, complete: true });

    const page = await ask(server, "/invocations?status=paused&service=Service48&limit=100");
    const expected = Math.min(100, COUNT / 100);
    expect(page.invocations).toHaveLength(expected);
    expect(page.invocations[0]).toMatchObject({
      status: "paused",
      target_service_name: "Service48",
    });
    const counts = await timed(statement, count);
    expect(counts.json.rows).toEqual([
      { status: "scheduled", n: COUNT / 100 },
      { status: "paused", n: COUNT / 50 },
      { status: "suspended", n: (COUNT / 100) * 3 },
      { status: "completed", n: (COUNT / 100) * 94 },
    ]);

    const id = (await ask(server, "/invocations?order=oldest&limit=1")).invocations[0].id;
    const children = await ask(server, `/invocations/${id}/children?limit=3`);
    expect(children.summary.total).toBe(COUNT / 10);
    expect(children.invocations).toHaveLength(3);
    expect(parent.createdAt).toBe(NOW_MS - COUNT);
    const summary = await ask(server, "/invocations/summary?group_by=service,status&limit=1000");
    expect(summary.total).toBe(COUNT);
    const failures = await ask(
      server,
      "/invocations/summary?group_by=failure&completion_result=failure",
    );
    expect(failures.groups).toHaveLength(7);
    expect((await ask(server, "/overview")).invocations.total).toBe(COUNT);
    await ask(server, "/invocations?error=WRONG&limit=100");
    if (isFull) process.stderr.write(`${shown.join("\n")}\n`);
  },
  isFull ? 600_000 : 30_000,
);
