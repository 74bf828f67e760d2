/** Cancelling the root of a tree of a thousand invocations ends all of them. */
import { expect, it } from "vitest";
import { mustRegister } from "./support/admin-client.ts";
import type { ProgramLine } from "./support/child-program.ts";
import { type CrashingServer, startCrashingServer } from "./support/crashing-server.ts";
import { attach, request, send } from "./support/ingress-client.ts";
import { startReferenceProgram } from "./support/reference-program.ts";
import { listInvocations } from "./support/rejoin-command.ts";

const full = process.env.REJOIN_TEST_FULL === "1";
const TIMEOUT_MS = 120_000;
const PATIENCE = { timeout: 60_000, interval: 50 };

interface Case {
  readonly name: string;
  readonly widths: readonly number[];
  readonly attemptsMax: number;
  /** The server is killed when so many nodes have come to their end. */
  readonly crashAfter?: number;
}

const cases: readonly Case[] = [
  { name: "all with open attempts", widths: [10, 100], attemptsMax: 2000 },
  { name: "most of them suspended", widths: [10, full ? 100 : 20], attemptsMax: 40 },
  {
    name: "the server killed in the middle",
    widths: [10, full ? 100 : 20],
    attemptsMax: 100,
    crashAfter: 50,
  },
];

/** The last has all that can go wrong in it. */
it.each(full ? cases : cases.slice(-1))(
  "a cancelled root of a tree, $name: each node ends",
  async (one) => {
    const { widths, crashAfter } = one;
    const nodes = new Nodes();
    const { uri } = await startReferenceProgram("serve-cancel-tree", {
      onLine: (line) => nodes.take(line),
    });
    const server = await startCrashingServer({
      REJOIN_LIMITS__ATTEMPTS_MAX: String(one.attemptsMax),
    });
    await mustRegister(server.adminUrl, uri);
    const root = await send(`${server.ingressUrl}/tree/node/send`, {
      body: { path: "root", widths },
    });
    const paths = pathsOf("root", widths);
    await nodes.whenSleeping(leavesOf(widths));

    const crashed = crashAfter && nodes.whenEnded(crashAfter).then(() => server.crash());
    const url = `${server.adminUrl}/invocations/${root.invocationId}/cancel`;
    const cancelled = await request(url, { method: "PATCH" });
    expect(cancelled.status, cancelled.text).toBe(202);
    await crashed;

    const answer = await attach(server.ingressUrl, root.invocationId);
    expect([answer.status, answer.json()]).toMatchObject([409, { message: "Cancelled" }]);
    await expect
      .poll(() => countByEnd(server), PATIENCE)
      .toEqual({
        "completed: [409] Cancelled": paths.length,
      });
    nodes.assertAllCancelled(paths, crashAfter !== undefined);
  },
  TIMEOUT_MS,
);

/** What a tree has. */
function pathsOf(path: string, [width, ...rest]: readonly number[]): string[] {
  const children = Array.from({ length: width ?? 0 }, (_, i) => pathsOf(`${path}.${i}`, rest));
  return [path, ...children.flat()];
}

function leavesOf(widths: readonly number[]): number {
  return widths.reduce((product, width) => product * width, 1);
}

async function countByEnd({ adminUrl }: CrashingServer): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { status, completion_failure } of await listInvocations(adminUrl, "tree")) {
    const end = `${status}: ${completion_failure}`;
    counts[end] = (counts[end] ?? 0) + 1;
  }
  return counts;
}

interface Ended {
  readonly path: string;
  /** Failures that its code has seen, in the attempt that came to its end. */
  readonly seen: number;
  readonly code: number;
  readonly message: string;
}

/** What the process of the tree prints. */
class Nodes {
  readonly #sleeping = new Set<string>();
  readonly #ended: Ended[] = [];
  #onLine: () => void = () => undefined;

  take(line: ProgramLine): void {
    if (line.event === "sleeping") this.#sleeping.add(String(line.path));
    if (line.event === "ended") this.#ended.push(line as unknown as Ended);
    this.#onLine();
  }

  whenSleeping(count: number): Promise<void> {
    return this.#when(() => this.#sleeping.size >= count);
  }

  whenEnded(count: number): Promise<void> {
    return this.#when(() => this.#ended.length >= count);
  }

  /** Each node has seen the cancellation once; one that ended just before a crash ends again. */
  assertAllCancelled(paths: readonly string[], hasCrashed: boolean): void {
    const cancelled = { seen: 1, code: 409, message: "Cancelled" };
    for (const ended of this.#ended) expect(ended).toMatchObject(cancelled);
    const ended = this.#ended.map(({ path }) => path);
    const once = hasCrashed ? [...new Set(ended)] : ended;
    expect(once.toSorted()).toEqual(paths.toSorted());
  }

  #when(isTrue: () => boolean): Promise<void> {
    if (isTrue()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onLine = () => {
        if (!isTrue()) return;
        this.#onLine = () => undefined;
        resolve();
      };
    });
  }
}
