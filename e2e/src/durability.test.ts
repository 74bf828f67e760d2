/**
 * Nothing is answered before what it rests on is durable: seen from outside, in the system calls of
 * a server that echoes.
 */
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { startProgram } from "./support/child-program.ts";
import { call, send } from "./support/ingress-client.ts";
import {
  type Exchange,
  findExchanges,
  isWrite,
  parseStraceLog,
  type SystemCall,
  straceCommand,
} from "./support/strace-log.ts";
import { createTemporaryDirectory } from "./support/temporary-directory.ts";

const requestCount = 20;

it("syncs between the arrival of every request and its answer", async (context) => {
  const missing = whyNoStrace();
  if (missing !== undefined) {
    console.warn(`\n*** NOT TESTED: that answers wait for the disk. ${missing} ***\n`);
    context.skip(missing);
  }
  const directory = await createTemporaryDirectory();
  onTestFinished(() => directory.remove());
  const dataDir = join(directory.path, "data");
  const logPath = join(directory.path, "strace.log");
  const program = startProgram({
    program: "serve-tools",
    args: [dataDir],
    under: straceCommand(logPath),
  });
  onTestFinished(() => program.kill().then(() => undefined));
  const url = await program.ingressUrl();

  for (let i = 0; i < requestCount; i++) {
    expect(await call(`${url}/tools/reply`, `call-${i}.`)).toBe(`reply to call-${i}.`);
  }
  for (let i = 0; i < requestCount; i++)
    await send(`${url}/tools/reply/send`, { body: `send-${i}.` });
  await program.close();

  const calls = parseStraceLog(await readFile(logPath, "utf8"));
  const exchanges = findExchanges(calls);
  expect(exchanges).toHaveLength(2 * requestCount);
  exchanges.forEach((exchange, i) => {
    const isCall = i < requestCount;
    expect(exchange.answer.text).toContain(isCall ? `reply to call-${i}.` : "202 Accepted");
    expect(exchange.syncs.length, `syncs before answer ${i}`).toBeGreaterThan(0);
    // The sync is that of a log of the store, and what the answer rests on is in it.
    const cause = isCall ? `reply to call-${i}.` : `send-${i - requestCount}.`;
    const synced = exchange.syncs.filter((sync) =>
      holds(calls, { exchange, sync, dataDir, cause }),
    );
    expect(synced.length, `syncs of "${cause}" before its answer`).toBeGreaterThan(0);
  });
  console.log(`durability: ${describeTimes(exchanges)}`);
});

/** Whether a write of `cause` to a log of the store, since the request, is what was synced. */
function holds(
  calls: readonly SystemCall[],
  looked: { exchange: Exchange; sync: SystemCall; dataDir: string; cause: string },
): boolean {
  const { exchange, sync, dataDir, cause } = looked;
  const file = fileOf(sync);
  if (!file?.startsWith(`${dataDir}/`) || !file.endsWith(".log")) return false;
  return calls.some(
    (call) =>
      isWrite(call) &&
      fileOf(call) === file &&
      call.startedAt >= exchange.request.endedAt &&
      call.endedAt <= sync.startedAt &&
      call.text.includes(cause),
  );
}

function fileOf({ text }: SystemCall): string | undefined {
  return /^\d+<([^>]+)>/.exec(text)?.[1];
}

function describeTimes(exchanges: readonly Exchange[]): string {
  const counts = exchanges.map(({ syncs }) => syncs.length);
  const slowest = Math.max(
    ...exchanges.map(({ request, answer }) => answer.startedAt - request.endedAt),
  );
  const sum = counts.reduce((total, count) => total + count, 0);
  return `${exchanges.length} exchanges, ${sum} syncs between, slowest ${slowest} us (traced)`;
}

/** Why system calls cannot be traced here; installs `strace` if it may. */
function whyNoStrace(): string | undefined {
  if (process.platform !== "linux") return `strace is a program of Linux, not ${process.platform}`;
  if (canTrace()) return undefined;
  if (process.getuid?.() === 0) {
    spawnSync("apt-get", ["install", "-y", "strace"], { stdio: "ignore", timeout: 60_000 });
    if (canTrace()) return undefined;
  }
  const probe = spawnSync("strace", ["-f", "true"], { encoding: "utf8" });
  const reason = probe.error?.message ?? probe.stderr.trim().split("\n").at(-1) ?? "";
  return `strace does not work here (${reason}): install it, and allow ptrace.`;
}

function canTrace(): boolean {
  return spawnSync("strace", ["-f", "true"], { stdio: "ignore" }).status === 0;
}
