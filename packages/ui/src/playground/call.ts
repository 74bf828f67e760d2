/** A request to the ingress from the playground, and what came back. */

export interface PlaygroundCall {
  readonly service: string;
  readonly handler: string;
  /** Of an object or workflow. */
  readonly key?: string;
  /** `undefined` for no body. */
  readonly body?: string;
  readonly contentType: string;
  readonly idempotencyKey?: string;
  /** Only for one that nobody waits for: such as `10s`. */
  readonly delay?: string;
  readonly isSend: boolean;
}

export interface PlaygroundAnswer {
  readonly status: number;
  readonly tookMs: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
  readonly invocationId: string | undefined;
}

/** The path below the ingress, with its query. */
export function pathOf({ service, key, handler, isSend, delay }: PlaygroundCall): string {
  const target = [service, ...(key === undefined ? [] : [encodeURIComponent(key)]), handler];
  const path = `/${target.join("/")}${isSend ? "/send" : ""}`;
  return isSend && delay !== undefined ? `${path}?delay=${encodeURIComponent(delay)}` : path;
}

export function headersOf(call: PlaygroundCall): Record<string, string> {
  return {
    ...(call.body === undefined ? {} : { "content-type": call.contentType }),
    ...(call.idempotencyKey === undefined ? {} : { "idempotency-key": call.idempotencyKey }),
  };
}

/** The same request for a terminal. */
export function toCurl(ingressUrl: string, call: PlaygroundCall): string {
  const headers = Object.entries(headersOf(call)).map(
    ([name, value]) => `-H ${quote(`${name}: ${value}`)}`,
  );
  const body = call.body === undefined ? ["-X POST"] : [`--data-raw ${quote(call.body)}`];
  return ["curl", quote(ingressUrl + pathOf(call)), ...headers, ...body].join(" ");
}

/**
 * The ingress as the browser reaches it: a server that listens on all interfaces, or on its own loopback
 * one, is reached by the name in the address bar.
 */
export function reachableIngress(ingressUrl: string, pageUrl: string): string {
  const ingress = new URL(ingressUrl);
  const page = new URL(pageUrl);
  const isAnywhere = /^(0\.0\.0\.0|\[::\])$/.test(ingress.hostname);
  if (isAnywhere || (isLoopback(ingress.hostname) && !isLoopback(page.hostname))) {
    ingress.hostname = page.hostname;
  }
  return ingress.href.replace(/\/+$/, "");
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\./.test(hostname);
}

/** Rejects if there is no answer. */
export async function send(
  ingressUrl: string,
  call: PlaygroundCall,
  signal: AbortSignal,
): Promise<PlaygroundAnswer> {
  if (call.key === "." || call.key === "..") {
    throw new Error(`the key "${call.key}" cannot be written into a URL`);
  }
  const startedMs = performance.now();
  const response = await fetch(ingressUrl + pathOf(call), {
    method: "POST",
    headers: headersOf(call),
    signal,
    ...(call.body === undefined ? {} : { body: call.body }),
  });
  const body = new Uint8Array(await response.arrayBuffer());
  return {
    status: response.status,
    tookMs: performance.now() - startedMs,
    headers: [...response.headers],
    body,
    invocationId: response.headers.get("x-restate-id") ?? idOf(body),
  };
}

function idOf(body: Uint8Array): string | undefined {
  try {
    const answer: unknown = JSON.parse(new TextDecoder().decode(body));
    return (answer as { readonly invocationId?: string } | null)?.invocationId;
  } catch {
    return undefined;
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
