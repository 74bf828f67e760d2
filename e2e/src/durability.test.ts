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
    expect(await call(`${url}/tools/echo`, `call ${i}`)).toBe(`call ${i}`);
  }
  for (let i = 0; i < requestCount; i++) await send(`${url}/tools/echo/send`, { body: `send ${i}` });
  await program.close();

  const log = await readFile(logPath, "utf8");
  const exchanges = findExchanges(parseStraceLog(log));
  expect(exchanges).toHaveLength(2 * requestCount);
  exchanges.forEach((exchange, i) => {
    const marker = i < requestCount ? `call ${i}` : "202 Accepted";
    expect(exchange.answer.text).toContain(marker);
    expect(exchange.syncs.length, `syncs before answer ${i}`).toBeGreaterThan(0);
  });

  // What is synced is the store's log, and something has been written to it since the request.
  const calls = parseStraceLog(log);
  for (const { request, syncs } of exchanges) {
    const [sync] = syncs.filter(({ text }) => text.includes(`${dataDir}/`) && /\.log>/.test(text));
    expect(sync).toBeDefined();
    const written = calls.filter(
      (call) =>
        isWrite(call) &&
        fileOf(call.text) === fileOf(sync?.text ?? "") &&
        call.startedAt >= request.endedAt &&
        call.endedAt <= (sync?.startedAt ?? 0),
    );
    expect(written.length).toBeGreaterThan(0);
  }
  console.log(`durability: ${describeTimes(exchanges)}`);
});

function fileOf(text: string): string | undefined {
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
