/** A cell that runs: its server, and its services behind it. */
import { findRestartPort } from "../../../src/support/restart-port.ts";
import { Admin } from "./admin.ts";
import type { Cell } from "./cell.ts";
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
  /** Starts more services and registers them. They end with the cell, if not before. */
  deploy(options: HostOptions): Promise<Deployed>;
  /** Ends the services of the suite as a crash does, and starts them again at the same address. */
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
    const deploymentId = await admin.register(host.uri, { http1: cell.transport === "http1" });
    return { host, deploymentId };
  };
  const close = async () => {
    await Promise.all(hosts.map(({ child }) => child.kill()));
    await server.close();
  };
  try {
    const suite = { services: "*", port: await findHostPort() };
    let { host } = await deploy(suite);
    const crashServices = async () => {
      await host.child.kill();
      host = await start(suite);
    };
    const ingress = new Ingress(server.ingressUrl);
    const { lacking } = host;
    const features = await admin.features();
    return { cell, server, ingress, admin, features, lacking, deploy, crashServices, close };
  } catch (error) {
    await close();
    throw new Error(`${(error as Error).message}\n${server.output()}`, { cause: error });
  }
}

/** A port that a service host can be started on again and again. */
export const findHostPort = findRestartPort;
