/** A terminal in a clone, for the commands of README.md: its ports are free ones. */
import { execFile } from "node:child_process";
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";
import { findFreePort } from "./free-port.ts";
import { request } from "./ingress-client.ts";
import { ROOT, splitWords } from "./readme-blocks.ts";
import { createTemporaryDirectory } from "./temporary-directory.ts";
import { startCommand, type WatchedProcess } from "./watched-process.ts";

/** What the commands of README.md are run with. */
export interface Installation {
  /** The program of Node. */
  readonly node: string;
  /** The folder `node_modules` that programs find their packages in. */
  readonly modules: string;
  /** The scripts behind `npx …`, by name. */
  readonly programs: Readonly<Record<string, string>>;
}

/** A clone after `npm run build`, with the Node that runs the tests. */
export const CLONE: Installation = {
  node: process.execPath,
  modules: join(ROOT, "node_modules"),
  programs: {
    rejoin: join(ROOT, "packages/cli/bin/rejoin.mjs"),
    tsx: join(ROOT, "node_modules/tsx/dist/cli.mjs"),
  },
};

const EXAMPLE = "examples/typescript/parallelizing-work/src";
const QUICK = { SUBTASK_MS_MAX: "200" };

/** How curl ends when it does not know an option. */
const UNKNOWN_OPTION = 2;

const execute = promisify(execFile);

export class ReadmeTerminal {
  readonly directory: string;
  readonly #installation: Installation;
  readonly #ports: ReadonlyMap<string, number>;

  constructor(directory: string, installation: Installation, ports: ReadonlyMap<string, number>) {
    this.directory = directory;
    this.#installation = installation;
    this.#ports = ports;
  }

  /** Writes a program of README.md into the clone. */
  async save(name: string, source: string): Promise<void> {
    await writeFile(join(this.directory, name), this.#onFreePorts(source));
  }

  /** Starts `npx …`; it does not outlive the test. */
  start(command: string, ...more: string[]): WatchedProcess {
    const [npx, name = "", ...args] = splitWords(this.#onFreePorts(command));
    const { node, programs } = this.#installation;
    const program = programs[name];
    if (npx !== "npx" || program === undefined) throw new Error(`cannot run ${command}`);
    const variables = {
      ...QUICK,
      REJOIN_INGRESS_ADDRESS: this.#onFreePorts("127.0.0.1:8080"),
      REJOIN_ADMIN_ADDRESS: this.#onFreePorts("127.0.0.1:9070"),
      REJOIN_ADMIN_URL: this.#onFreePorts("http://127.0.0.1:9070"),
      TMPDIR: this.directory,
    };
    const options = { cwd: this.directory, variables };
    return startCommand(node, [program, ...args, ...more], options);
  }

  /** Runs `npx …` to its end; gives its output, and throws unless it succeeded. */
  async run(command: string, ...more: string[]): Promise<string> {
    const started = this.start(command, ...more);
    const { code } = await started.ended;
    if (code !== 0) throw new Error(`${command} ended with ${code}: ${started.output}`);
    return started.output;
  }

  /** Runs `curl …` and gives the body; `fetch` does it where there is no curl that knows `--json`. */
  async curl(command: string): Promise<string> {
    const [curl, ...args] = splitWords(this.#onFreePorts(command));
    if (curl !== "curl") throw new Error(`cannot run ${command}`);
    try {
      const { stdout } = await execute("curl", ["--silent", "--fail", ...args]);
      return stdout;
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (code !== "ENOENT" && code !== UNKNOWN_OPTION) throw error;
      return await fetchLikeCurl(args);
    }
  }

  #onFreePorts(text: string): string {
    let changed = text;
    for (const [from, to] of this.#ports) changed = changed.replaceAll(from, String(to));
    return changed;
  }
}

/** A terminal in what a clone holds of the example, with the modules of `installation`. */
export async function openReadmeTerminal(installation = CLONE): Promise<ReadmeTerminal> {
  const { path, remove } = await createTemporaryDirectory();
  onTestFinished(remove);
  const ports = new Map<string, number>();
  for (const port of ["8080", "9070", "9080"]) ports.set(port, await findFreePort());
  const terminal = new ReadmeTerminal(path, installation, ports);
  await symlink(installation.modules, join(path, "node_modules"));
  await writeFile(join(path, "package.json"), '{ "type": "module" }');
  const app = join(EXAMPLE, "app.ts");
  await mkdir(dirname(join(path, app)), { recursive: true });
  await cp(join(ROOT, EXAMPLE, "worker.ts"), join(path, EXAMPLE, "worker.ts"));
  await terminal.save(app, await readFile(join(ROOT, app), "utf8"));
  return terminal;
}

/** `<address> --json <body> [-H <header>]…` */
async function fetchLikeCurl([address, json, body = "", ...rest]: string[]): Promise<string> {
  if (json !== "--json") throw new Error(`cannot fetch with ${json}`);
  const headers: Record<string, string> = {};
  for (let at = 0; at < rest.length; at += 2) {
    const [name = "", value = ""] = (rest[at + 1] ?? "").split(": ");
    if (rest[at] !== "-H") throw new Error(`cannot fetch with ${rest[at]}`);
    headers[name] = value;
  }
  const answer = await request(`http://${address}`, { headers, body: JSON.parse(body) });
  if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.text}`);
  return answer.text;
}
