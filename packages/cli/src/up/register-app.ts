/** Registers the app of `rejoin up` with its server, as soon as it listens. */
import {
  type AdminClient,
  ClientError,
  type RegisterDeploymentResponse,
  type ServiceResource,
} from "@rejoin/client";
import type { CliEnvironment } from "../environment/cli-environment.ts";

export interface RegisterAppOptions {
  readonly environment: CliEnvironment;
  readonly port: number;
  readonly admin: AdminClient;
  readonly ingressUrl: string;
  /** The first time it is also said how to call it. */
  readonly isFirst: boolean;
  /** Whether this run of the app is still of interest. */
  readonly isCurrent: () => boolean;
  readonly say: (text: string) => void;
}

const POLL_MS = 50;
const PATIENCE_MS = 10_000;

/** Says what came of it; never rejects. */
export async function registerApp(options: RegisterAppOptions): Promise<void> {
  try {
    if (!(await isListening(options))) return;
    const deployment = await register(options.admin, options.port);
    for (const line of describe(deployment, options)) options.say(line);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    options.say(`the app could not be registered: ${reason}`);
  }
}

/** Waits until the app listens; `false` if that is of no interest any more. */
async function isListening(options: RegisterAppOptions): Promise<boolean> {
  const { environment, port, isCurrent, say } = options;
  const startedAt = environment.now();
  for (let isPatient = true; isCurrent(); ) {
    if (await environment.isPortOpen(port)) return isCurrent();
    if (isPatient && environment.now() - startedAt > PATIENCE_MS) {
      isPatient = false;
      say(
        `the app does not listen on port ${port}: it must take the port from PORT, as serve() does`,
      );
    }
    await new Promise<void>((resolve) => void environment.after(POLL_MS, resolve));
  }
  return false;
}

/** Endpoints of most frameworks speak HTTP/1.1 only. */
async function register(admin: AdminClient, port: number): Promise<RegisterDeploymentResponse> {
  const request = { uri: `http://localhost:${port}`, force: true };
  try {
    return (await admin.registerDeployment(request)).deployment;
  } catch (error) {
    const isHttp1 = error instanceof ClientError && error.restateCode === "META0014";
    if (!isHttp1) throw error;
    return (await admin.registerDeployment({ ...request, use_http_11: true })).deployment;
  }
}

function describe(
  { services }: RegisterDeploymentResponse,
  { isFirst, ingressUrl }: RegisterAppOptions,
): readonly string[] {
  if (services.length === 0) return ["registered, but the app serves no services"];
  const names = services.map(({ name, revision }) => `${name} (revision ${revision})`);
  const [first] = services;
  const call = first === undefined ? undefined : exampleCall(first, ingressUrl);
  const lines = [`registered ${names.join(", ")}`];
  return isFirst && call !== undefined ? [...lines, `call it: ${call}`] : lines;
}

function exampleCall(service: ServiceResource, ingressUrl: string): string | undefined {
  const handler = service.handlers.find((known) => known.public);
  if (handler === undefined) return undefined;
  const key = service.ty === "Service" ? "" : "/my-key";
  const body = handler.input_description === "none" ? "" : " --json '…'";
  return `curl ${ingressUrl}/${service.name}${key}/${handler.name}${body}`;
}
