/** A new revision of a service beside an old one that invocations keep to, and its end. */
import { expect, it } from "vitest";
import type { ProgramLine } from "./support/child-program.ts";
import { type CrashingServer, startCrashingServer } from "./support/crashing-server.ts";
import { attach, call, type IngressAnswer, request, send } from "./support/ingress-client.ts";
import { startReferenceProgram } from "./support/reference-program.ts";
import { listInvocations } from "./support/rejoin-command.ts";

const TIMEOUT_MS = 60_000;
const oldCount = 7;
/** Of the ids of what is in flight, a refusal names so many. */
const idsShown = 5;

it(
  "what began on revision 1 ends there, and then it can be removed",
  async () => {
    const desks = new Desks();
    const server = await startCrashingServer({ REJOIN_DEFAULT_INACTIVITY_TIMEOUT: "200ms" });
    const first = await desks.deploy(server, "1");
    await assertNewest(server, first);
    const old = await desks.sendWaiting(server, oldCount);

    const second = await desks.deploy(server, "2");
    expect(await call(`${server.ingressUrl}/desk/which`)).toBe("2");
    const fresh = await desks.sendWaiting(server, 1);
    await assertPinned(server, new Map([...old.map(onto(first)), ...fresh.map(onto(second))]));
    await assertInFlight(server, first, old);
    await assertNewest(server, second);

    await server.crash();
    await assertInFlight(server, first, old);
    const [last = "", ...others] = old;
    for (const id of others) await desks.complete(server, id, ["1", "go on", "1", "2"]);
    await assertInFlight(server, first, [last]);
    await desks.complete(server, last, ["1", "go on", "1", "2"]);

    const removed = await remove(server, first);
    expect(removed.status, removed.text).toBe(202);
    expect((await read(server, first)).status).toBe(404);
    await assertNewest(server, second);
    for (const id of fresh) await desks.complete(server, id, ["2", "go on", "2", "2"]);
    await server.crash();
    expect((await read(server, first)).status).toBe(404);
    expect(await call(`${server.ingressUrl}/desk/which`)).toBe("2");
  },
  TIMEOUT_MS,
);

const onto = (deploymentId: string) => (id: string) => [id, deploymentId] as const;

function remove({ adminUrl }: CrashingServer, deploymentId: string): Promise<IngressAnswer> {
  return request(`${adminUrl}/deployments/${deploymentId}`, { method: "DELETE" });
}

function read({ adminUrl }: CrashingServer, deploymentId: string): Promise<IngressAnswer> {
  return request(`${adminUrl}/deployments/${deploymentId}`, { method: "GET" });
}

async function refusalOf(server: CrashingServer, deploymentId: string): Promise<string> {
  const answer = await remove(server, deploymentId);
  expect(answer.status, answer.text).toBe(409);
  expect((await read(server, deploymentId)).status, "it is as it was").toBe(200);
  return (answer.json() as { message: string }).message;
}

async function assertNewest(server: CrashingServer, deploymentId: string): Promise<void> {
  const message = await refusalOf(server, deploymentId);
  expect(message).toContain(`deployment ${deploymentId} holds the newest revision of service desk`);
}

/** The refusal says how many there are, and names the first of them. */
async function assertInFlight(
  server: CrashingServer,
  deploymentId: string,
  ids: readonly string[],
): Promise<void> {
  const message = await refusalOf(server, deploymentId);
  expect(message).toContain(ids.length === 1 ? "1 invocation is" : `${ids.length} invocations are`);
  expect(message).toContain(`in flight on deployment ${deploymentId}`);
  const named = ids.filter((id) => message.includes(id));
  expect(named).toHaveLength(Math.min(ids.length, idsShown));
}

async function assertPinned(
  { adminUrl }: CrashingServer,
  wanted: ReadonlyMap<string, string>,
): Promise<void> {
  const shown = (await listInvocations(adminUrl, "desk")).filter(({ id }) => wanted.has(id));
  const pinned = shown.map(({ id, pinned_deployment_id }) => [id, pinned_deployment_id]);
  expect(pinned.toSorted()).toEqual([...wanted].toSorted());
}

/** Revisions of the service, each in a process of its own, and what waits there. */
class Desks {
  readonly #awakeables = new Map<string, string>();
  #onLine: () => void = () => undefined;

  /** Gives the deployment's id. */
  async deploy({ adminUrl }: CrashingServer, revision: string): Promise<string> {
    const { uri } = await startReferenceProgram("serve-revision", {
      args: [revision],
      onLine: (line) => this.#take(line),
    });
    const answer = await request(`${adminUrl}/deployments`, { body: { uri } });
    expect(answer.status, answer.text).toBe(201);
    return (answer.json() as { id: string }).id;
  }

  /** Sends, and waits until all of them wait; gives their ids. */
  async sendWaiting({ ingressUrl }: CrashingServer, count: number): Promise<readonly string[]> {
    const ids: string[] = [];
    for (let i = 0; i < count; i++) {
      const { invocationId } = await send(`${ingressUrl}/desk/wait/send`);
      ids.push(invocationId);
    }
    await new Promise<void>((resolve) => {
      this.#onLine = () => {
        if (ids.every((id) => this.#awakeables.has(id))) resolve();
      };
      this.#onLine();
    });
    return ids;
  }

  /** Lets one go on, and looks at its result. */
  async complete(
    { ingressUrl }: CrashingServer,
    id: string,
    wanted: readonly string[],
  ): Promise<void> {
    const awakeable = this.#awakeables.get(id) ?? "";
    const url = `${ingressUrl}/restate/awakeables/${awakeable}/resolve`;
    const resolved = await request(url, { body: "go on" });
    expect(resolved.status, resolved.text).toBe(202);
    const answer = await attach(ingressUrl, id);
    expect([answer.status, answer.text]).toEqual([200, JSON.stringify(wanted)]);
  }

  #take({ id, awakeable }: ProgramLine): void {
    if (awakeable !== undefined) this.#awakeables.set(String(id), String(awakeable));
    this.#onLine();
  }
}
