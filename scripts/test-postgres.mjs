/**
 * `npm run test:postgres`: the suites that need a PostgreSQL server, on one of their own. It finds
 * PostgreSQL on this machine (on Debian, as root, it installs it), makes a cluster in a temporary
 * folder, starts it on a socket in there, runs the suites and removes everything again.
 *
 *     npm run test:postgres                  every suite
 *     npm run test:postgres -- faults        the files whose path contains this
 *
 * Without PostgreSQL nothing is tested, and the last line says so.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { run, runInForeground, runScript, ScriptError, tool } from "./process.mjs";
import { prepare } from "./setup.mjs";

const suites = ["packages/storage/src/postgres", "packages/server/src/testing/postgres"];
const debianFolder = "/usr/lib/postgresql";
const role = "rejoin";
const startLimitMs = 60_000;
const installLimitMs = 10 * 60_000;

/** @typedef {{ uid: number, gid: number } | undefined} User */

await runScript(async () => {
  await prepare();
  const reason = await missing();
  if (reason !== undefined) {
    console.log(`\npostgres: SKIPPED, none of its suites ran: ${reason}`);
    return 0;
  }
  const user = await findUser();
  const folder = await mkdtemp(join(tmpdir(), "rejoin-postgres-"));
  try {
    return await runOnServer(await findPrograms(), folder, user);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

/** Why there is no PostgreSQL to test with; `undefined` if there is one. */
async function missing() {
  if (process.platform === "win32") return "it is started on a Unix socket, which Windows lacks";
  if (await findPrograms()) return undefined;
  const isDebian = existsSync("/etc/debian_version");
  const remedy = "install PostgreSQL 13 or newer, so that initdb and postgres are on the PATH";
  if (!isDebian || process.getuid?.() !== 0) return `PostgreSQL is not installed: ${remedy}`;
  console.log("installing Debian's package postgresql …");
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const options = { env, limitMs: installLimitMs };
  const update = await run("apt-get", ["update"], options);
  const packages = ["install", "-y", "--no-install-recommends", "postgresql"];
  const install = await run("apt-get", packages, options);
  if (await findPrograms()) return undefined;
  return `apt-get could not install PostgreSQL: ${remedy}\n${update.output}${install.output}`;
}

/** The folder that holds `initdb` and `postgres`: one of the PATH, or Debian's newest. */
async function findPrograms() {
  const versions = await readdir(debianFolder).catch(() => []);
  const newestFirst = versions.sort((a, b) => Number(b) - Number(a));
  const folders = [
    ...(process.env.PATH ?? "").split(delimiter),
    ...newestFirst.map((version) => join(debianFolder, version, "bin")),
  ];
  const isComplete = (/** @type {string} */ folder) =>
    ["initdb", "postgres"].every((name) => existsSync(join(folder, name)));
  return folders.find((folder) => folder !== "" && isComplete(folder));
}

/** PostgreSQL does not run as root: then it runs as `postgres` or `nobody`. */
async function findUser() {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    const [uid, gid] = await Promise.all(["-u", "-g"].map((flag) => run("id", [flag, name])));
    if (uid?.code === 0 && gid?.code === 0) {
      return { uid: Number(uid.output), gid: Number(gid.output) };
    }
  }
  throw new ScriptError("PostgreSQL does not run as root, and there is no user postgres or nobody");
}

/**
 * @param {string | undefined} programs
 * @param {string} folder
 * @param {User} user
 */
async function runOnServer(programs = "", folder, user) {
  const data = join(folder, "data");
  await mkdir(data);
  for (const path of [folder, data]) {
    await chmod(path, 0o700);
    if (user) await chown(path, user.uid, user.gid);
  }
  await initialize(join(programs, "initdb"), data, user);
  const server = await start(join(programs, "postgres"), { data, folder }, user);
  try {
    return await runSuites(folder);
  } finally {
    await server.stop();
  }
}

/**
 * @param {string} initdb
 * @param {string} data
 * @param {User} user
 */
async function initialize(initdb, data, user) {
  const args = ["-D", data, "-U", role, "-A", "trust", "-E", "UTF8", "--no-locale"];
  const child = spawn(initdb, args, { ...user, cwd: data, stdio: ["ignore", "pipe", "pipe"] });
  const output = collect(child);
  const code = await new Promise((resolve, reject) => {
    child.on("error", reject).on("close", resolve);
  });
  if (code !== 0) throw new ScriptError(`initdb failed:\n${output()}`);
}

/**
 * Starts the server and waits until it takes connections.
 *
 * @param {string} postgres
 * @param {{ data: string, folder: string }} places
 * @param {User} user
 */
async function start(postgres, { data, folder }, user) {
  const settings = [
    "listen_addresses=",
    `unix_socket_directories=${folder}`,
    "max_connections=200",
  ];
  const args = ["-D", data, ...settings.flatMap((setting) => ["-c", setting])];
  const child = spawn(postgres, args, { ...user, cwd: data, stdio: ["ignore", "pipe", "pipe"] });
  const output = collect(child);
  const ended = new Promise((resolve) => child.once("close", resolve));
  const end = () => child.kill("SIGINT"); // a fast shutdown
  process.once("exit", end);
  process.once("SIGTERM", () => process.exit(1));
  const limit = setTimeout(() => child.kill("SIGQUIT"), startLimitMs);
  await new Promise((resolve, reject) => {
    const fail = () => reject(new ScriptError(`the server did not start:\n${output()}`));
    child.once("error", reject).once("close", fail);
    child.stderr.on("data", () => {
      if (output().includes("ready to accept connections")) resolve(undefined);
    });
  });
  clearTimeout(limit);
  const stop = async () => {
    end();
    await ended;
    process.off("exit", end);
  };
  return { stop };
}

/** @param {string} folder the one of the server's socket */
async function runSuites(folder) {
  const filters = process.argv.slice(2);
  const url = `postgresql://${role}@/postgres?host=${encodeURIComponent(folder)}`;
  process.env.REJOIN_TEST_POSTGRES_URL = url;
  const chosen = filters.length === 0 ? suites : filters;
  return await runInForeground([tool("vitest/vitest.mjs"), "run", "--allowOnly=false", ...chosen]);
}

/**
 * The last of what a process writes, in order.
 *
 * @param {import("node:child_process").ChildProcessByStdio<null, import("node:stream").Readable, import("node:stream").Readable>} child
 */
function collect(child) {
  const lastBytes = 64 * 1024;
  let text = "";
  const add = (/** @type {Buffer} */ chunk) => {
    text = `${text}${chunk}`.slice(-lastBytes);
  };
  child.stdout.on("data", add);
  child.stderr.on("data", add);
  return () => text;
}
