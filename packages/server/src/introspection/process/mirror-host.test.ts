/** What the mirror holds when changes arrive while it is being filled. */
import { type Invocation, invocationRows } from "@rejoin/engine";
import { formatInvocationId } from "@rejoin/protocol";
import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../../limits.ts";
import type { Call, FromProcess } from "../mirror/messages.ts";
import { packHeaders } from "../mirror/packed-headers.ts";
import { packRows } from "../mirror/packed-rows.ts";
import type { ListAnswer } from "../mirror/questions.ts";
import { invocationOf, keyOf } from "../testing/stored.ts";
import { MirrorHost } from "./mirror-host.ts";

const START_MS = 1_700_000_000_000;
const PAGE = 2000;
const isFull = process.env.REJOIN_TEST_FULL === "1";

function numbered(i: number, handler: string): Invocation {
  const target = { service: "greeter", handler, key: "", handlerKind: "service" } as const;
  return invocationOf(keyOf(START_MS + i), { target, createdAt: START_MS + i });
}

/** A host in this process, whose calls the test answers. */
class Driven {
  readonly host: MirrorHost;
  private readonly said: FromProcess[] = [];
  private readonly listeners = new Set<() => void>();

  constructor() {
    this.host = new MirrorHost({
      threads: 1,
      post: (message) => {
        this.said.push(message);
        for (const listener of this.listeners) listener();
      },
    });
    const limits = DEFAULT_LIMITS;
    this.host.take({ kind: "start", partitions: 1, limits });
  }

  /** The next message of a kind. */
  async next<Kind extends FromProcess["kind"]>(kind: Kind): Promise<FromProcess & { kind: Kind }> {
    for (;;) {
      const at = this.said.findIndex((message) => message.kind === kind);
      if (at >= 0) return this.said.splice(at, 1)[0] as FromProcess & { kind: Kind };
      await new Promise<void>((resolve) => {
        const listener = () => {
          this.listeners.delete(listener);
          resolve();
        };
        this.listeners.add(listener);
      });
    }
  }

  /** Answers the next scan with the rows of `invocations`. */
  async give(invocations: readonly Invocation[]): Promise<Call> {
    const { call, wanted } = await this.next("call");
    const rows = invocations.map((invocation) => ({
      key: invocationRows.rowKey(invocation.key),
      value: invocationRows.encode(invocation),
    }));
    this.host.take({ kind: "gave", call, given: packRows(rows) });
    return wanted;
  }

  change(changed: readonly Invocation[], deleted: readonly Invocation[] = []): void {
    const headers = packHeaders([
      ...changed.map((invocation) => ({
        key: invocation.key,
        value: invocationRows.encode(invocation),
      })),
      ...deleted.map(({ key }) => ({ key, value: undefined })),
    ]);
    this.host.take({ kind: "changed", headers });
  }

  /** Which invocations there are, by their handlers. */
  async handlers(): Promise<Record<string, readonly string[]>> {
    const found: Record<string, readonly string[]> = {};
    for (const handler of ["old", "new"]) {
      const filter = { handler: [handler] };
      const question = {
        kind: "list",
        filter,
        order: "oldest",
        limit: 10,
        after: undefined,
        total: true,
      } as const;
      this.host.take({ kind: "ask", ask: 1, nowMs: START_MS, question, inFlight: [] });
      const { answer } = await this.next("answered");
      found[handler] = (answer as ListAnswer).ids;
    }
    return found;
  }
}

const ids = (...numbers: readonly number[]) =>
  numbers.map((i) => formatInvocationId(keyOf(START_MS + i)));

describe("a change", () => {
  it("wins over what is read later, and was read before it", async () => {
    const driven = new Driven();
    driven.change([numbered(1, "new"), numbered(4, "new")], [numbered(2, "old")]);
    await driven.give([1, 2, 3].map((i) => numbered(i, "old")));
    await driven.next("loaded");
    expect(await driven.handlers()).toEqual({ old: ids(3), new: ids(1, 4) });
  });

  it("wins over what was read of other pages", async () => {
    const driven = new Driven();
    const first = Array.from({ length: PAGE }, (_, i) => numbered(i, i === 5 ? "old" : "other"));
    await driven.give(first);
    const { call } = await driven.next("call");
    driven.change([numbered(5, "new"), numbered(PAGE, "new")], [numbered(PAGE + 1, "old")]);
    const rows = [PAGE, PAGE + 1, PAGE + 2].map((i) => numbered(i, "old"));
    const given = packRows(
      rows.map((row) => ({
        key: invocationRows.rowKey(row.key),
        value: invocationRows.encode(row),
      })),
    );
    driven.host.take({ kind: "gave", call, given });
    await driven.next("loaded");
    expect(await driven.handlers()).toEqual({ old: ids(PAGE + 2), new: ids(5, PAGE) });
  });

  it("is in the answer to what is asked after it", async () => {
    const driven = new Driven();
    await driven.give([1, 2].map((i) => numbered(i, "old")));
    expect(await driven.handlers()).toEqual({ old: ids(1, 2), new: [] });
    driven.change([numbered(1, "new")]);
    expect(await driven.handlers()).toEqual({ old: ids(2), new: ids(1) });
    driven.change([numbered(2, "new"), numbered(3, "new")]);
    driven.change([numbered(3, "old")], [numbered(1, "new")]);
    expect(await driven.handlers()).toEqual({ old: ids(3), new: ids(2) });
    driven.change([], [numbered(1, "new"), numbered(2, "new"), numbered(3, "new")]);
    expect(await driven.handlers()).toEqual({ old: [], new: [] });
  });

  it("need not wait for a question, if there are very many", async () => {
    const driven = new Driven();
    await driven.give([1, 2].map((i) => numbered(i, "old")));
    const many = Array.from({ length: isFull ? 60_000 : 300 }, (_, i) =>
      numbered(i, i === 1 ? "new" : "other"),
    );
    driven.change(many);
    driven.change([numbered(2, "new")]);
    expect(await driven.handlers()).toEqual({ old: [], new: ids(1, 2) });
  });
});

it("tells everyone who waits when a partition cannot be read", async () => {
  const driven = new Driven();
  const question = { kind: "overview" } as const;
  driven.host.take({ kind: "ask", ask: 7, nowMs: START_MS, question, inFlight: [] });
  const { call } = await driven.next("call");
  driven.host.take({ kind: "failed", call, message: "partition 0 is being opened" });
  expect(await driven.next("refused")).toEqual({
    kind: "refused",
    ask: 7,
    why: "unavailable",
    message: "partition 0 is being opened",
  });
});
