/** Requests to the admin API, as a user of plain HTTP makes them. */
import { type IngressAnswer, request } from "./ingress-client.ts";

export interface ShownInvocation {
  readonly id: string;
  readonly status: string;
  readonly retry_count: number;
  readonly last_failure?: string;
  readonly last_failure_error_code?: string;
  readonly journal_commands_size: number;
}

export interface Registration {
  readonly uri: string;
  readonly use_http_11?: boolean;
}

/** Registers a deployment; the answer may be an error. */
export function register(adminUrl: string, body: Registration): Promise<IngressAnswer> {
  return request(`${adminUrl}/deployments`, { body });
}

/** Registers a deployment; throws unless that succeeded. */
export async function mustRegister(adminUrl: string, uri: string): Promise<void> {
  const answer = await register(adminUrl, { uri });
  if (answer.status !== 201) throw new Error(`${uri}: ${answer.status} ${answer.text}`);
}

/** An invocation with its last failure. */
export async function readInvocation(adminUrl: string, id: string): Promise<ShownInvocation> {
  const answer = await request(`${adminUrl}/invocations/${id}`, { method: "GET" });
  if (answer.status !== 200) throw new Error(`${id}: ${answer.status} ${answer.text}`);
  return answer.json() as ShownInvocation;
}

/** Asks until the invocation is as wanted; throws, with what it is, if that takes too long. */
export async function pollInvocation(
  adminUrl: string,
  id: string,
  isWanted: (invocation: ShownInvocation) => boolean,
  deadlineMs = 10_000,
): Promise<ShownInvocation> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const invocation = await readInvocation(adminUrl, id);
    if (isWanted(invocation)) return invocation;
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(invocation)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
