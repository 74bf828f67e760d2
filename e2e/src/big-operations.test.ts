/**
 * Operations on an invocation that has made very many calls: no batch of theirs is large, other
 * invocations go on beside them, and a server that is killed in the middle goes on where it was.
 */
import type { Limits } from "@rejoin/server";
import { expect, it, onTestFinished } from "vitest";
import { mustRegister } from "./support/admin-client.ts";
import { startProgram } from "./support/child-program.ts";
import {
  type EchoProbe,
  type EchoTimes,
  formatTimes,
  startEchoProbe,
} from "./support/echo-probe.ts";
import { attach, type IngressAnswer, request, send } from "./support/ingress-client.ts";
import { type MeasuredServer, startMeasuredServer } from "./support/measured-server.ts";
import { listInvocations } from "./support/rejoin-command.ts";
import { startScriptedEndpoint } from "./support/scripted-endpoint.ts";
import type { SpreadDone, SpreadWanted } from "./support/spread-endpoint.ts";
import { countStoredRows } from "./testing/stored-rows.ts";

const full = process.env.REJOIN_TEST_FULL === "1";
const count = full ? 100_000 : 2000;
const naps = 50;
const writesMax = 1000;
const TIMEOUT_MS = full ? 600_000 : 120_000;
/** Polls go through the server that is being watched: they have to be few or quick. */
const INTERVAL_MS = full ? 50 : 2;

/** Echoes of a server that does nothing else. */
const echoesAlone = full ? 200 : 10;
/**
 * The first echoes after a start are told and not judged: their code is not compiled yet, the
 * connections to the deployments are made with them, and the admin API is loaded when it is first asked.
 */
const echoesOfStart = full ? 50 : 5;
/** What an echo may take beside the operation, for a user. */
const ECHO_P99_MS_MAX = 50;
/** What a machine that is left alone takes at most, without it: on any other nothing is judged. */
const ALONE_P99_MS_MAX = 20;

/**
 * The fewer calls, the smaller the steps, as there has to be a middle. A journal has a row for each
 * batch that has appended to it.
 */
const killLimits = full ? {} : { taskPageChildrenMax: 4 };
const purgeLimits = full
  ? { taskPageRowsMax: 2, batchWritesMax: 32 }
  : { taskPageRowsMax: 1, attemptRecordItemsMax: 8, batchWritesMax: 16 };
const restartLimits = { taskPageBytesMax: full ? 8192 : 256 };

it(
  `${count} calls of a killed invocation are killed, across a crash`,
  async () => {
    const server = await open(killLimits);
    const id = await spread(server, "wait", { count, naps });
    await until(async () => (await readInvocation(server, id)).status === "suspended");
    await until(async () => (await countByEnd(server, "nap")).suspended === naps);
    const fifth = await readChild(server, id, Math.floor(count / 5));
    const last = await readChild(server, id, count - 1);

    const alone = await echoes(server, echoesAlone);
    const before = startEchoProbe(server.ingressUrl);
    await mustPatch(server, id, "kill");
    await until(async () => !(await exists(server, fifth)));
    const beforeTimes = await crash(server, before);
    expect(beforeTimes.count, "echoes while a fifth was killed").toBeGreaterThan(full ? 5 : 0);
    const crashed = await countStoredRows(server.dataDir);
    const left = crashed.invocations.later ?? 0;
    expect(crashed.rows.task, "the crash came too late").toBe(1);
    expect(left).toBeLessThan(count - Math.floor(count / 5));

    await server.start(killLimits);
    const first = await echoesOfNew(server);
    const after = startEchoProbe(server.ingressUrl);
    await until(async () => !(await exists(server, last)));
    const afterTimes = await after.stop();
    const again = await echoes(server, echoesAlone);
    expect(await countByEnd(server, "wait")).toEqual({ "[409] killed": 1 });
    expect(await countByEnd(server, "nap")).toEqual({ "[409] killed": naps });
    expect(await countByEnd(server, "later")).toEqual({});
    const attached = await attach(server.ingressUrl, id);
    expect([attached.status, attached.json()]).toMatchObject([409, { message: "killed" }]);
    // It is refused until the last of the calls has been looked at.
    await until(async () => (await patch(server, id, "purge")).status === 200);

    await server.kill();
    const { rows, invocations } = await countStoredRows(server.dataDir);
    expect(rows).toMatchObject({ task: 0, timer: 0, awaiting: 0, journal: 0 });
    expect(invocations).toEqual({ nap: naps, echo: invocations.echo });
    const what = `kill: ${left} of ${count} left by the crash`;
    judge(what, server, { alone: [alone, again], before: beforeTimes, first, after: afterTimes });
  },
  TIMEOUT_MS,
);

it(
  `an invocation with ${count} calls is purged, across a crash`,
  async () => {
    const server = await open(purgeLimits);
    const id = await spread(server, "end", { count, naps: 0 });
    expect((await attach(server.ingressUrl, id)).json()).toEqual({ replayed: 0, made: count });

    const alone = await echoes(server, echoesAlone);
    const before = startEchoProbe(server.ingressUrl);
    // The one that is asked does not live to answer.
    const purged = patch(server, id, "purge").catch(() => undefined);
    // Each call has two entries.
    const fifth = 1 + 2 * Math.floor(count / 5);
    await until(async () => !(await holds(server, id, fifth)));
    const beforeTimes = await crash(server, before);
    await purged;
    const crashed = await countStoredRows(server.dataDir);
    expect(crashed.rows.task, "the crash came too late").toBe(1);
    expect(crashed.rows.journal).toBeGreaterThan(0);

    await server.start(purgeLimits);
    const first = await echoesOfNew(server);
    const after = startEchoProbe(server.ingressUrl);
    await until(async () => !(await exists(server, id)));
    const afterTimes = await after.stop();
    const again = await echoes(server, echoesAlone);
    expect((await attach(server.ingressUrl, id)).status).toBe(404);
    expect((await patch(server, id, "purge")).status).toBe(404);
    // What it has called is on its own.
    expect(await countByEnd(server, "later")).toEqual({ scheduled: count });

    await server.kill();
    const { rows, invocations } = await countStoredRows(server.dataDir);
    expect(rows).toMatchObject({ task: 0, journal: 0, payload: 0, awaiting: 0, timer: count });
    expect(invocations).toEqual({ later: count, echo: invocations.echo });
    const left = crashed.rows.journal;
    const what = `purge: ${left} segments left by the crash`;
    judge(what, server, { alone: [alone, again], before: beforeTimes, first, after: afterTimes });
  },
  TIMEOUT_MS,
);

it(
  `an invocation with ${count} calls is restarted from its middle, across a crash`,
  async () => {
    const server = await open(restartLimits);
    const old = await spread(server, "end", { count, naps: 0 });
    await attach(server.ingressUrl, old);
    // After the Input, each call is followed by the id of its callee: this is a call without it.
    const from = count + 1 - (count % 2);
    const replayed = (from + 1) / 2;

    const alone = await echoes(server, echoesAlone);
    const before = startEchoProbe(server.ingressUrl);
    const answer = await mustPatch(server, old, `restart-as-new?from=${from}`);
    const id = (answer.json() as { new_invocation_id: string }).new_invocation_id;
    let copied = 0;
    await until(async () => {
      copied = (await readInvocation(server, id)).journal_size;
      return copied > from / 10;
    });
    const beforeTimes = await crash(server, before);
    const crashed = await countStoredRows(server.dataDir);
    expect(crashed.rows.task, "the crash came too late").toBe(1);
    expect(crashed.invocations).toMatchObject({ end: 2, later: count });

    await server.start(restartLimits);
    const first = await echoesOfNew(server);
    const after = startEchoProbe(server.ingressUrl);
    await until(async () => (await readInvocation(server, id)).journal_size >= from);
    const afterTimes = await after.stop();
    const attached = await attach(server.ingressUrl, id);
    const again = await echoes(server, echoesAlone);
    const done: SpreadDone = { replayed, made: count - replayed };
    expect([attached.status, attached.json()]).toEqual([200, done]);
    const { journal_size } = await readInvocation(server, old);
    expect(await readInvocation(server, id)).toMatchObject({ status: "completed", journal_size });
    // None of those that the copied entries name has been called again.
    expect(await countByEnd(server, "later")).toEqual({ scheduled: count + done.made });

    await server.kill();
    expect((await countStoredRows(server.dataDir)).rows.task).toBe(0);
    const what = `restart: ${copied} of ${from + 2} entries copied before the crash`;
    judge(what, server, { alone: [alone, again], before: beforeTimes, first, after: afterTimes });
  },
  TIMEOUT_MS,
);

async function open(limits: Partial<Limits>): Promise<MeasuredServer> {
  const endpoint = await startScriptedEndpoint({ name: "echo" });
  onTestFinished(() => endpoint.close());
  const spreads = startProgram({ program: "serve-spread", args: [] });
  onTestFinished(async () => void (await spreads.kill()));
  const server = await startMeasuredServer(limits);
  await mustRegister(server.adminUrl, endpoint.url);
  await mustRegister(server.adminUrl, String((await spreads.line("ready")).uri));
  return server;
}

async function spread(
  { ingressUrl }: MeasuredServer,
  handler: "end" | "wait",
  body: SpreadWanted,
): Promise<string> {
  return (await send(`${ingressUrl}/spread/${handler}/send`, { body })).invocationId;
}

function patch(server: MeasuredServer, id: string, operation: string): Promise<IngressAnswer> {
  return request(`${server.adminUrl}/invocations/${id}/${operation}`, { method: "PATCH" });
}

async function mustPatch(
  server: MeasuredServer,
  id: string,
  operation: string,
): Promise<IngressAnswer> {
  const answer = await patch(server, id, operation);
  expect(answer.status, answer.text).toBe(200);
  return answer;
}

interface Shown {
  readonly status: string;
  readonly journal_size: number;
  readonly journal: readonly {
    readonly index: number;
    readonly result?: { readonly invocation_id?: string };
  }[];
}

/** With one entry of its journal; `undefined` if there is no such invocation. */
async function find(server: MeasuredServer, id: string, entry = 0): Promise<Shown | undefined> {
  const query = `journal_from=${entry}&journal_limit=1`;
  const url = `${server.adminUrl}/invocations/${id}?${query}`;
  const answer = await request(url, { method: "GET" });
  if (answer.status === 404) return undefined;
  expect(answer.status, answer.text).toBe(200);
  return answer.json() as Shown;
}

async function exists(server: MeasuredServer, id: string): Promise<boolean> {
  return (await find(server, id)) !== undefined;
}

async function holds(server: MeasuredServer, id: string, entry: number): Promise<boolean> {
  return (await find(server, id, entry))?.journal[0]?.index === entry;
}

async function readInvocation(server: MeasuredServer, id: string, entry = 0): Promise<Shown> {
  const shown = await find(server, id, entry);
  if (shown === undefined) throw new Error(`there is no invocation ${id}`);
  return shown;
}

/** The id of the callee of a call. */
async function readChild(server: MeasuredServer, id: string, index: number): Promise<string> {
  const { journal } = await readInvocation(server, id, 2 + 2 * index);
  const child = journal[0]?.result?.invocation_id;
  if (child === undefined) throw new Error(`no id of call ${index} in ${JSON.stringify(journal)}`);
  return child;
}

/** Invocations of a handler by their failures, or their states. */
async function countByEnd(
  { adminUrl }: MeasuredServer,
  handler: string,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const shown of await listInvocations(adminUrl, "spread")) {
    if (shown.target_handler_name !== handler) continue;
    const end = shown.completion_failure ?? shown.status;
    counts[end] = (counts[end] ?? 0) + 1;
  }
  return counts;
}

/** `kill -9` while echoes are under way. */
async function crash(server: MeasuredServer, probe: EchoProbe): Promise<EchoTimes> {
  const stopped = probe.stop();
  await server.kill();
  return await stopped;
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  await expect.poll(isTrue, { timeout: TIMEOUT_MS, interval: INTERVAL_MS }).toBe(true);
}

/** So many echoes of a server, whatever else it does. */
async function echoes({ ingressUrl }: MeasuredServer, least: number): Promise<EchoTimes> {
  const probe = startEchoProbe(ingressUrl);
  await probe.whenAnswered(least);
  return await probe.stop();
}

/** The first ones of a server that has just been started, with the first look of an operator at it. */
async function echoesOfNew(server: MeasuredServer): Promise<EchoTimes> {
  const looked = request(`${server.adminUrl}/deployments`, { method: "GET" });
  const times = await echoes(server, echoesOfStart);
  expect((await looked).status).toBe(200);
  return times;
}

interface Times {
  /** When nothing else was asked of the server, before and afterwards. */
  readonly alone: readonly EchoTimes[];
  /** Beside the operation, until the crash. */
  readonly before: EchoTimes;
  /** The first ones after the crash. */
  readonly first: EchoTimes;
  /** Beside the rest of the operation. */
  readonly after: EchoTimes;
}

/** How long echoes took is always told, and judged if the machine has nothing else to do. */
function judge(what: string, server: MeasuredServer, times: Times): void {
  expect(server.writesMax, "rows of the largest commit").toBeLessThanOrEqual(writesMax);
  const { alone, before, first, after } = times;
  console.log(
    [
      `big-operations: ${what}, at most ${server.writesMax} rows in a commit`,
      ...alone.map((times) => `  alone ${formatTimes(times)}`),
      `  before the crash ${formatTimes(before)}`,
      `  right after it ${formatTimes(first)}`,
      `  then ${formatTimes(after)}`,
    ].join("\n"),
  );
  if (!full || alone.some(({ p99Ms }) => p99Ms > ALONE_P99_MS_MAX)) return;
  expect(before.p99Ms, "p99 of echoes before the crash").toBeLessThan(ECHO_P99_MS_MAX);
  expect(after.p99Ms, "p99 of echoes after it").toBeLessThan(ECHO_P99_MS_MAX);
}
