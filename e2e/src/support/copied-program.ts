/** Sources copied to a directory of their own, as a user has them, and run there with `tsx`. */
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findFreePort, untilListening } from "./free-port.ts";
import { startNode, type WatchedProcess } from "./watched-process.ts";

export type Sdk = "@rejoin/sdk" | "@restatedev/restate-sdk";

export interface CopyOptions {
  readonly directory: string;
  /** Paths in the repository; the last one is the program. */
  readonly sources: readonly string[];
  /** Takes the place of `@rejoin/sdk` in every import; nothing else is changed but the port. */
  readonly sdk?: Sdk;
  /** As `tsx watch` does. */
  readonly watch?: boolean;
  readonly variables?: Readonly<Record<string, string>>;
}

export interface ServedProgram {
  readonly uri: string;
  readonly process: WatchedProcess;
}

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const TSX_COMMAND = join(ROOT, "node_modules/tsx/dist/cli.mjs");
const POLYFILL = fileURLToPath(new URL("./promise-with-resolvers.mjs", import.meta.url));
const EXAMPLE = "examples/typescript/parallelizing-work/src";

/** The worker of the guide, and what serves it on a port. */
export const GUIDE_SOURCES = [`${EXAMPLE}/worker.ts`, `${EXAMPLE}/app.ts`];

/** Starts a program that serves port 9080 on a free port instead, and waits until it listens. */
export async function startCopy(options: CopyOptions): Promise<ServedProgram> {
  const { directory, sources, sdk = "@rejoin/sdk", watch = false, variables = {} } = options;
  const port = await findFreePort();
  await mkdir(directory, { recursive: true });
  await symlink(join(ROOT, "node_modules"), join(directory, "node_modules"));
  await writeFile(join(directory, "package.json"), JSON.stringify({ type: "module" }));
  for (const source of sources) {
    const text = await readFile(join(ROOT, source), "utf8");
    const changed = text
      .replaceAll('"@rejoin/sdk"', `"${sdk}"`)
      .replace("port: 9080", `port: ${port}`);
    await writeFile(join(directory, basename(source)), changed);
  }
  const program = basename(sources.at(-1) ?? "");
  const preload = sdk === "@rejoin/sdk" ? [] : ["--import", POLYFILL];
  const tsx = watch ? [TSX_COMMAND, "watch"] : ["--import", "tsx"];
  const args = [...preload, ...tsx, `./${program}`];
  const started = startNode(args, { cwd: directory, variables });
  await started.find(new RegExp(`listening on ${port}\\b`));
  // The reference SDK says so before it does.
  await untilListening(port);
  return { uri: `http://localhost:${port}`, process: started };
}
