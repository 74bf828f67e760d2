/** Waiting for a server to be ready, and ports that are free. */

import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 10;
const REQUEST_LIMIT_MS = 5000;

/** Asks until the answer is 2xx; throws after `limitMs` with what the last one was. */
export async function untilOk(url: string, init: RequestInit, limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs;
  let last = "no answer";
  while (performance.now() < deadline) {
    try {
      const response = await fetch(url, { ...init, signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
      const text = await response.text();
      if (response.ok) return;
      last = `status ${response.status}: ${text.slice(0, 300)}`;
    } catch (error) {
      last = error instanceof Error ? `${error.message} (${String(error.cause)})` : String(error);
    }
    await delay(POLL_MS);
  }
  throw new Error(`${url} was not ready within ${limitMs / 1000} s; last: ${last}`);
}

/** Different ports of the loopback interface that nobody listened on a moment ago. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const server of servers) {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    ports.push((server.address() as AddressInfo).port);
  }
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
