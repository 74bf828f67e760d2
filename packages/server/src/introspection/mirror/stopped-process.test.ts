/** A process of the mirror that the operating system has stopped: it neither answers nor ends. */
import { expect, it, onTestFinished } from "vitest";
import { DEFAULT_LIMITS } from "../../limits.ts";
import { ManualPorts } from "../../testing/manual-ports.ts";
import { Introspection } from "../introspection.ts";
import { openMirrorProcess } from "../process/open-process.ts";
import { invocationOf, keyOf, openWith } from "../testing/stored.ts";
import { Mirror } from "./mirror.ts";

it("keeps nobody waiting, and another one takes its place", async () => {
  const ports = new ManualPorts();
  const partitions = await openWith([1, 2, 3].map((i) => invocationOf(keyOf(i))));
  const pids: (number | undefined)[] = [];
  const mirror = new Mirror({
    openProcess: (listener) => {
      const opened = openMirrorProcess(listener);
      pids.push(opened.pid);
      return opened;
    },
    ports,
    limits: DEFAULT_LIMITS,
    stores: partitions.all,
    registry: () => ({ services: [], deployments: [], rules: [] }),
    inFlight: () => [],
  });
  onTestFinished(() => mirror.close());
  const introspection = new Introspection({
    partitions,
    limits: DEFAULT_LIMITS,
    mirror,
    partitionOfInstance: () => 0,
    context: () => ({ nowMs: 0, isInFlight: () => false }),
  });
  const query = { filter: {}, order: "newest", limit: 2, after: undefined, total: true } as const;
  expect(await introspection.list(query)).toMatchObject({ isComplete: true, total: 3 });

  process.kill(pids[0] ?? 0, "SIGSTOP");
  const list = introspection.list(query);
  await ports.advance(10_000);
  expect(await list).toMatchObject({ isComplete: false, total: 3 });
  const statement = introspection.query({ kind: "sql", statement: "SELECT 1", format: "json" });
  await ports.advance(10_000);
  expect(await statement).toMatchObject({
    why: "unavailable",
    message: expect.stringContaining("has not answered for 15 s and was ended"),
  });
  expect(ports.lines).toContainEqual({ level: "error", message: expect.stringContaining("15 s") });

  expect(await introspection.list(query)).toMatchObject({ isComplete: true, total: 3 });
  expect(new Set(pids).size).toBe(2);
});
