/** Services of the suite in a process of their own. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { ServiceProcessReady } from "../services/service-process.ts";
import { type Cell, remoteTransportOf } from "./cell.ts";
import { Child } from "./child.ts";

const PROGRAM = fileURLToPath(new URL("../services/service-process.ts", import.meta.url));
const POLYFILL = new URL("../../../src/support/promise-with-resolvers.mjs", import.meta.url).href;
/** The sources as they are. */
const FLAGS = ["--conditions=rejoin:source", "--import", "tsx", "--import", POLYFILL];

export interface HostOptions {
  /** See `createServices`. */
  readonly services: string;
  /** Any free one by default. */
  readonly port?: number;
  readonly variables?: Readonly<Record<string, string>>;
}

export interface ServiceHost {
  readonly uri: string;
  /** Names of the services that the SDK cannot have, with the reason. */
  readonly lacking: Readonly<Record<string, string>>;
  readonly child: Child;
}

/** Starts a process with services on the cell's SDK and transport, HTTP/2 beside `in-process`. */
export async function startServiceHost(cell: Cell, options: HostOptions): Promise<ServiceHost> {
  const { services, port = 0, variables = {} } = options;
  const forked = fork(PROGRAM, [cell.sdk, remoteTransportOf(cell), `${port}`], {
    execArgv: FLAGS,
    env: { ...process.env, ...variables, SERVICES: services },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const child = new Child(`the service process of ${services}`, forked);
  const ready = await child.whileAlive(child.message<ServiceProcessReady>());
  return { uri: `http://127.0.0.1:${ready.port}`, lacking: ready.lacking, child };
}
