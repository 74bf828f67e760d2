/**
 * Many invocations that sleep: what they cost while they do, and how soon a server is there again
 * that has been killed with all of them in its store.
 */
import { setTimeout as delay } from "node:timers/promises";
import { untilOk } from "../target/readiness.ts";
import type { Session, SessionServer } from "../target/target.ts";
import type { Planting } from "../work/services.ts";
import { call } from "./calls.ts";
import { serverRssBytes, untilQuiet } from "./quiet.ts";
import { type Metric, MIB, type Scenario, type ScenarioContext, withSession } from "./scenario.ts";

const SLEEP_MS = 6 * 3600_000;
const PLANTED_AT_ONCE = 1000;
const PLANTERS = 4;
const QUIET_WINDOW_MS = 1000;
/**
 * None: a young generation that is larger than Node's own is filled whatever there is to do, and stays
 * in memory afterwards. That is not what an invocation costs that sleeps.
 */
const NODES_OWN: readonly string[] = [];
/** The timer that is overdue after the restart is due this long after it was set. */
const TIMER_MS = 2000;

export function createSleeping(sleepers: number): Scenario {
  return {
    name: "sleeping",
    repeated: false,
    measure: (target, given) => {
      const context = { ...given, nodeFlags: NODES_OWN };
      return withSession(target, context, async (session) => {
        const { server } = session;
        if (server === undefined) throw new Error(`${target.name} cannot be started again`);
        return measure({ sleepers, session, server, context });
      });
    },
  };
}

interface Measuring {
  readonly sleepers: number;
  readonly session: Session;
  readonly server: SessionServer;
  readonly context: ScenarioContext;
}

async function measure(measuring: Measuring): Promise<readonly Metric[]> {
  const { sleepers, session, server, context } = measuring;
  const quiet = { windowMs: QUIET_WINDOW_MS, limitMs: context.limitMs };
  await untilQuiet(session, quiet);
  const idle = await serverRssBytes(session);
  const startedAt = performance.now();
  await plant(measuring);
  const planted = performance.now() - startedAt;
  await untilQuiet(session, quiet);
  const asleep = await serverRssBytes(session);
  const { answeredMs, firedMs } = await restart(measuring);
  await untilQuiet(session, quiet);
  const afterwards = await serverRssBytes(session);
  await assertAsleep(server, sleepers, context.limitMs);
  return [
    { metric: "accepted", unit: "per second", value: (sleepers / planted) * 1000 },
    { metric: "memory above idle", unit: "MiB", value: mibBetween(idle, asleep) },
    { metric: "first answer after a restart", unit: "ms", value: answeredMs },
    { metric: "overdue timer after a restart", unit: "ms", value: firedMs },
    {
      metric: "memory above idle after a restart",
      unit: "MiB",
      value: mibBetween(idle, afterwards),
    },
  ];
}

async function plant({ sleepers, session, context }: Measuring): Promise<void> {
  let left = sleepers;
  const planter = async () => {
    while (left > 0) {
      const count = Math.min(left, PLANTED_AT_ONCE);
      left -= count;
      const planting: Planting = { count, ms: SLEEP_MS };
      await call(session.ingressUrl, "/planter/plant", planting, context);
    }
  };
  await Promise.all(Array.from({ length: PLANTERS }, planter));
}

/** Milliseconds from the start of the process. */
async function restart({ session, server, context }: Measuring) {
  const { limitMs } = context;
  const sentAt = performance.now();
  const { invocationId } = await call<{ readonly invocationId: string }>(
    session.ingressUrl,
    `/plain/echo/send?delay=${TIMER_MS}ms`,
    "overdue",
    // Its result has to be there for whoever asks after it has fired.
    { limitMs, headers: { "idempotency-key": "overdue" } },
  );
  await server.kill();
  await delay(TIMER_MS - (performance.now() - sentAt));
  const startedAt = performance.now();
  await server.start();
  const since = async (asked: Promise<void>) => {
    await asked;
    return performance.now() - startedAt;
  };
  const { ingressUrl } = session;
  const json = { "content-type": "application/json" };
  const echo = { method: "POST", headers: json, body: '"again"' };
  const attach = `${ingressUrl}/restate/invocation/${invocationId}/attach`;
  const [answeredMs, firedMs] = await Promise.all([
    since(untilOk(`${ingressUrl}/plain/echo`, echo, limitMs)),
    since(untilOk(attach, {}, limitMs)),
  ]);
  return { answeredMs, firedMs };
}

/** That none of them has been lost. */
async function assertAsleep(
  { adminUrl }: SessionServer,
  sleepers: number,
  limitMs: number,
): Promise<void> {
  const query = "SELECT count(*) AS total FROM sys_invocation WHERE status = 'suspended'";
  const headers = { accept: "application/json" };
  const answer = await call<{ readonly rows: readonly { readonly total: number | string }[] }>(
    adminUrl,
    "/query",
    { query },
    { limitMs, headers },
  );
  const asleep = Number(answer.rows[0]?.total);
  if (asleep === sleepers) return;
  throw new Error(`${asleep} of ${sleepers} invocations sleep after the restart`);
}

function mibBetween(before: number | undefined, after: number | undefined): number | undefined {
  return before === undefined || after === undefined ? undefined : (after - before) / MIB;
}
