/** BullMQ on a Redis of its own that makes each write durable before it answers. */
import { execFile } from "node:child_process";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { spawnChild } from "../target/child.ts";
import { startNodeProgram } from "../target/measured-process.ts";
import { formatNodeFlags, nodeFlags } from "../target/node-flags.ts";
import { freePorts } from "../target/readiness.ts";
import { createPlainSession } from "../target/session.ts";
import type { Session, Target, TargetContext } from "../target/target.ts";
import { findPrograms } from "./debian.ts";
import { installAside } from "./npm-aside.ts";
import { measureTree } from "./process-tree.ts";

const VERSION = "6.7.0";
const CLIENT_VERSION = "5.11.1";
const CONCURRENCY = 100;
/** What its documentation asks of a Redis that holds jobs, and what makes each write durable. */
const REDIS_SETTINGS = {
  appendonly: "yes",
  appendfsync: "always",
  save: "",
  "maxmemory-policy": "noeviction",
} as const;
const READY_LIMIT_MS = 30_000;
const POLL_MS = 10;
const WORKS = ["fanout:empty", "fanout:many-parents", "tree", "echo", "payload"];

/** Installs it, if it is not there. */
export async function createBullMqTarget(): Promise<Target> {
  const programs = await findPrograms(["redis-server"], "redis-server");
  const redis = join(programs, "redis-server");
  const require = await installAside(`bullmq-${VERSION}-ioredis-${CLIENT_VERSION}`, [
    `bullmq@${VERSION}`,
    `ioredis@${CLIENT_VERSION}`,
  ]);
  const module = require.resolve("bullmq");
  const settings = Object.entries(REDIS_SETTINGS).map(([name, value]) => `${name} "${value}"`);
  return {
    name: "bullmq",
    facts: {
      version: VERSION,
      redis: await versionOf(redis),
      "redis configuration": settings.join(", "),
      "flags of Node": formatNodeFlags(nodeFlags()),
      configuration: `flows for fan-outs; workers with concurrency ${CONCURRENCY} in the process that produces; completed children removed`,
      mode: "a Redis process, and a process with producers and workers",
    },
    supports: (name) => WORKS.includes(name) || WORKS.includes(name.split(":")[0] ?? ""),
    open: (context) => open(context, { redis, module }),
  };
}

async function versionOf(redis: string): Promise<string> {
  const { stdout } = await promisify(execFile)(redis, ["--version"]);
  return /v=(\S+)/.exec(stdout)?.[1] ?? stdout.trim();
}

async function open(
  { resources, directory }: TargetContext,
  { redis, module }: { readonly redis: string; readonly module: string },
): Promise<Session> {
  const data = resources.temporaryDirectory(directory);
  const [port = 0] = await freePorts(1);
  const settings = Object.entries(REDIS_SETTINGS).flatMap(([name, value]) => [`--${name}`, value]);
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--dir", data.path, ...settings];
  const server = spawnChild(redis, args, { resources });
  await Promise.race([server.failed, untilConnected(port)]);
  const { greeting, measured } = await startNodeProgram<{ readonly port: number }>(
    {
      name: "producers and workers",
      module: "../peers/bullmq-process",
      args: [module, String(port), String(CONCURRENCY)],
      flags: nodeFlags(),
      env: { NODE_ENV: "production" },
    },
    resources,
  );
  const processes = [measured, measureTree("redis", server)];
  return createPlainSession(`http://127.0.0.1:${greeting.port}`, processes, data);
}

async function untilConnected(port: number): Promise<void> {
  const deadline = performance.now() + READY_LIMIT_MS;
  while (performance.now() < deadline) {
    if (await canConnect(port)) return;
    await delay(POLL_MS);
  }
  throw new Error(`nothing listened on port ${port} within ${READY_LIMIT_MS / 1000} s`);
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}
