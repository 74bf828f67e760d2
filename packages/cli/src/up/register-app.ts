/** Registers the app of `rejoin up` with its server. */
import {
  type AdminClient,
  ClientError,
  type RegisterDeploymentResponse,
  type ServiceResource,
} from "@rejoin/client";

export interface RegisterAppOptions {
  /** Where the app listens. */
  readonly port: number;
  readonly admin: AdminClient;
  readonly ingressUrl: string;
  /** The first time it is also said how to call it. */
  readonly isFirst: boolean;
  readonly say: (text: string) => void;
}

/** Says what came of it; never rejects. */
export async function registerApp(options: RegisterAppOptions): Promise<void> {
  try {
    const deployment = await register(options.admin, options.port);
    for (const line of describe(deployment, options)) options.say(line);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    options.say(`what listens on port ${options.port} could not be registered: ${reason}`);
  }
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
  { isFirst, ingressUrl, port }: RegisterAppOptions,
): readonly string[] {
  if (services.length === 0) return [`registered port ${port}, which serves no services`];
  const names = services.map(({ name, revision }) => `${name} (revision ${revision})`);
  const [first] = services;
  const call = first === undefined ? undefined : exampleCall(first, ingressUrl);
  const lines = [`registered ${names.join(", ")} on port ${port}`];
  return isFirst && call !== undefined ? [...lines, `call it: ${call}`] : lines;
}

function exampleCall(service: ServiceResource, ingressUrl: string): string | undefined {
  const handler = service.handlers.find((known) => known.public);
  if (handler === undefined) return undefined;
  const key = service.ty === "Service" ? "" : "/my-key";
  const body = handler.input_description === "none" ? "" : " --json '…'";
  return `curl ${ingressUrl}/${service.name}${key}/${handler.name}${body}`;
}
