/** Runs the worker on a server inside this process, sends it one task, and ends. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { start } from "@rejoin/server";
import { fanOutWorker, type Result } from "./worker.ts";

const task = { description: "get out of bed,shower,make coffee,have breakfast" };

console.log(`
One task is split into four. The subtasks run side by side as durable invocations, each as long as
it likes; when the last one is done, the results are joined.
`);

const dataDir = await mkdtemp(join(tmpdir(), "rejoin-demo-"));
try {
  const server = await start({ services: [fanOutWorker], dataDir, name: "demo" });
  try {
    const result = await call<Result>(`${server.ingressUrl}/worker/run`, task);
    console.log(`\nThe answer: ${JSON.stringify(result)}`);
  } finally {
    await server.close();
  }
} finally {
  await rm(dataDir, { recursive: true, force: true });
}

async function call<T>(url: string, body: unknown): Promise<T> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}
