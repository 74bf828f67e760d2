/** The `rejoin` command, as users run it. */
import { fileURLToPath } from "node:url";
import { request } from "./ingress-client.ts";
import { startNode, type WatchedProcess } from "./watched-process.ts";

/** The command, as a script for Node. */
export const REJOIN = fileURLToPath(
  new URL("../../../packages/cli/bin/rejoin.mjs", import.meta.url),
);
const ANY_PORTS = ["--ingress-address", "127.0.0.1:0", "--admin-address", "127.0.0.1:0"];

export interface RejoinServer {
  readonly ingressUrl: string;
  readonly adminUrl: string;
  readonly process: WatchedProcess;
}

export interface RejoinServerOptions {
  readonly dataDir: string;
  /** Options of the server, such as `REJOIN_MAX_PROTOCOL_VERSION`. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** `rejoin server` on free ports, ready. It does not outlive the test. */
export async function startRejoinServer(options: RejoinServerOptions): Promise<RejoinServer> {
  const { dataDir, variables = {} } = options;
  const args = [REJOIN, "server", "--data-dir", dataDir, ...ANY_PORTS];
  const started = startNode(args, { cwd: dataDir, variables });
  const ready = /^rejoin server is ready: ingress (\S+), admin (\S+), data /m;
  const [, ingressUrl = "", adminUrl = ""] = await started.find(ready);
  return { ingressUrl, adminUrl, process: started };
}

/** Runs a command against that server to its end; gives its output, and throws unless it succeeded. */
export async function rejoin({ adminUrl }: RejoinServer, ...args: string[]): Promise<string> {
  const command = startNode([REJOIN, ...args], { variables: { REJOIN_ADMIN_URL: adminUrl } });
  const { code, signal } = await command.ended;
  if (code === 0) return command.stdout;
  throw new Error(`rejoin ${args.join(" ")} ended with ${signal ?? code}: ${command.output}`);
}

/** What these tests look at in an invocation. */
export interface ShownInvocation {
  readonly id: string;
  readonly status: string;
  readonly target_service_name: string;
  readonly target_handler_name: string;
  readonly pinned_deployment_id?: string;
  readonly pinned_service_protocol_version?: number;
  readonly completion_failure?: string;
}

/** `GET /invocations/{id}` */
export async function readInvocation(adminUrl: string, id: string): Promise<ShownInvocation> {
  const answer = await request(`${adminUrl}/invocations/${id}`, { method: "GET" });
  if (answer.status !== 200) throw new Error(`${id} was answered ${answer.status}: ${answer.text}`);
  return answer.json() as ShownInvocation;
}

/** Every invocation of a service. */
export async function listInvocations(
  adminUrl: string,
  service: string,
): Promise<ShownInvocation[]> {
  const found: ShownInvocation[] = [];
  for (let after: string | undefined = ""; after !== undefined; ) {
    const query = new URLSearchParams({ service, limit: "1000", ...(after && { after }) });
    const answer = await request(`${adminUrl}/invocations?${query}`, { method: "GET" });
    if (answer.status !== 200) throw new Error(`a list was answered ${answer.status}`);
    const page = answer.json() as { invocations: ShownInvocation[]; next?: string };
    found.push(...page.invocations);
    after = page.next;
  }
  return found;
}
