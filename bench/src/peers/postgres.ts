/** A PostgreSQL of the benchmark's own, in a folder that its user may read. */
import { execFile } from "node:child_process";
import { chmodSync, chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Resources } from "../resources.ts";
import { type Child, spawnChild } from "../target/child.ts";
import { freePorts } from "../target/readiness.ts";
import { findPrograms, MissingProgramError } from "./debian.ts";

const execute = promisify(execFile);
const ROLE = "bench";
const READY_TEXT = "ready to accept connections";

/** Durability is as PostgreSQL has it: `fsync` and `synchronous_commit` are on. */
const SETTINGS = { shared_buffers: "1GB", max_wal_size: "4GB", max_connections: "200" } as const;

export interface PostgresPrograms {
  readonly folder: string;
  readonly version: string;
  /** PostgreSQL does not run as root. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
}

export function formatPostgresSettings(): string {
  const lines = Object.entries(SETTINGS).map(([name, value]) => `${name} ${value}`);
  return `${lines.join(", ")}; all else is the default, fsync and synchronous_commit on`;
}

/** Installs it, if it is not there and that can be done. */
export async function findPostgres(): Promise<PostgresPrograms> {
  if (process.platform === "win32") throw new MissingProgramError("PostgreSQL runs on Unix here");
  const folder = await findPrograms(["initdb", "postgres"], "postgresql");
  const { stdout } = await execute(join(folder, "postgres"), ["--version"]);
  return { folder, version: stdout.trim(), user: await findUser() };
}

async function findUser(): Promise<PostgresPrograms["user"]> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    try {
      const [uid, gid] = await Promise.all(["-u", "-g"].map((flag) => execute("id", [flag, name])));
      return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) };
    } catch {
      // There is no such user.
    }
  }
  throw new MissingProgramError(
    "PostgreSQL does not run as root, and there is no user postgres or nobody",
  );
}

/** Makes a cluster in `parent` and starts it; it listens on the loopback interface. */
export async function startPostgres(
  { folder, user }: PostgresPrograms,
  parent: string,
  resources: Resources,
): Promise<{ readonly child: Child; readonly url: string }> {
  const data = join(parent, "postgres");
  mkdirSync(data, { mode: 0o700 });
  if (user !== undefined) {
    chmodSync(parent, 0o711);
    chownSync(data, user.uid, user.gid);
  }
  const args = ["-D", data, "-U", ROLE, "-A", "trust", "-E", "UTF8", "--no-locale"];
  try {
    await execute(join(folder, "initdb"), args, { ...user, cwd: data });
  } catch (cause) {
    const hint = "its user has to be able to pass through the folders above (see --directory)";
    throw new Error(`PostgreSQL could not make a cluster in ${data}; ${hint}`, { cause });
  }
  const [port = 0] = await freePorts(1);
  const settings = { ...SETTINGS, listen_addresses: "127.0.0.1", unix_socket_directories: "" };
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const child = spawnChild(
    join(folder, "postgres"),
    ["-D", data, "-p", String(port), ...flags],
    // A fast shutdown: without waiting for its clients.
    { resources, user, cwd: data, endSignal: "SIGINT" },
  );
  await child.printed(READY_TEXT);
  return { child, url: `postgresql://${ROLE}@127.0.0.1:${port}/bench` };
}
