/** A cell that runs: its server, and its services behind it. */
import { findRestartPort } from "../../../src/support/restart-port.ts";
import { Admin } from "./admin.ts";
import { type Cell, remoteTransportOf } from "./cell.ts";
import { Ingress } from "./ingress.ts";
import { type Server, startServer } from "./server.ts";
import { type HostOptions, type ServiceHost, startServiceHost } from "./service-host.ts";

export interface RunningCell {
  readonly cell: Cell;
  readonly server: Server;
  readonly ingress: Ingress;
  readonly admin: Admin;
  /** The features of the server that are on. */
  readonly features: readonly string[];
  /** Names of the services that the SDK cannot have, with the reason. */
  readonly lacking: Readonly<Record<string, string>>;
  /**
   * Starts more services in a process of their own, which the server reaches over HTTP whatever the
   * cell's transport is, and registers them. They end with the cell, if not before.
   */
  deploy(options: HostOptions): Promise<Deployed>;
  /**
   * Ends the services of the suite as a crash does, and starts them again at the same place; the
   * server with them where they are in its process.
   */
  crashServices(): Promise<void>;
  close(): Promise<void>;
}

export interface Deployed {
  readonly host: ServiceHost;
  readonly deploymentId: string;
}

/** Starts the server and every service of the suite. */
export async function openCell(cell: Cell): Promise<RunningCell> {
  const server = await startServer(cell);
  const admin = new Admin(server.adminUrl, server.view);
  const hosts: ServiceHost[] = [];
  const start = async (options: HostOptions): Promise<ServiceHost> => {
    const host = await startServiceHost(cell, options);
    hosts.push(host);
    return host;
  };
  const deploy = async (options: HostOptions): Promise<Deployed> => {
    const host = await start(options);
    const deploymentId = await admin.register(host.uri, {
      http1: remoteTransportOf(cell) === "http1",
    });
    return { host, deploymentId };
  };
  const close = async () => {
    await Promise.all(hosts.map(({ child }) => child.kill()));
    await server.close();
  };
  try {
    const suite =
      server.lacking === undefined
        ? await deploySuite({ start, deploy })
        : { lacking: server.lacking, crashServices: () => server.crashAndRestart() };
    const ingress = new Ingress(server.ingressUrl);
    const features = await admin.features();
    return { cell, server, ingress, admin, features, ...suite, deploy, close };
  } catch (error) {
    await close();
    throw new Error(`${(error as Error).message}\n${server.output()}`, { cause: error });
  }
}

interface Hosting {
  start(options: HostOptions): Promise<ServiceHost>;
  deploy(options: HostOptions): Promise<Deployed>;
}

/** Every service of the suite in one process beside the server. */
async function deploySuite({
  start,
  deploy,
}: Hosting): Promise<Pick<RunningCell, "lacking" | "crashServices">> {
  const suite = { services: "*", port: await findHostPort() };
  let { host } = await deploy(suite);
  const crashServices = async () => {
    await host.child.kill();
    host = await start(suite);
  };
  return { lacking: host.lacking, crashServices };
}

/** A port that a service host can be started on again and again. */
export const findHostPort = findRestartPort;
