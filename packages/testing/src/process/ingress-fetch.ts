/** `fetch` that ends in the ingress of an environment, without a socket. */
import type { Header } from "@rejoin/protocol";
import type { IngressRequest, IngressResponse } from "@rejoin/server/internal";
import type { Activity } from "../time/activity.ts";

/** `handle` is the ingress. */
export function createIngressFetch(
  handle: (request: IngressRequest) => Promise<IngressResponse>,
  activity: Activity,
): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { signal } = request;
    signal.throwIfAborted();
    const answered = await activity.track(async () => {
      const asked = handle(await toIngressRequest(request));
      // Only what comes before the answer is counted.
      return { response: asked };
    });
    return toResponse(await Promise.race([answered.response, aborted(signal)]));
  };
}

const STATUS_MAX = 599;

function toResponse({ status, headers, body }: IngressResponse): Response {
  // Typed arrays over shared memory are not for responses; the server makes none.
  const bytes = body as string | Uint8Array<ArrayBuffer>;
  if (status <= STATUS_MAX) {
    return new Response(hasBody(status) ? bytes : null, { status, headers });
  }
  // Handlers may fail with codes that no response can be made with.
  const response = new Response(bytes, { status: 500, headers });
  return Object.defineProperty(response, "status", { value: status });
}

function hasBody(status: number): boolean {
  return status !== 204 && status !== 205 && status !== 304;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

async function toIngressRequest(request: Request): Promise<IngressRequest> {
  const { pathname, search, searchParams } = new URL(request.url);
  const body = new Uint8Array(await request.arrayBuffer());
  const headers: Header[] = [...request.headers].map(([key, value]) => ({ key, value }));
  return {
    method: request.method,
    path: pathname,
    query: searchParams,
    pathAndQuery: `${pathname}${search}`,
    headers,
    header: (name) => request.headers.get(name) ?? undefined,
    body: async () => body,
    onGone: (callback) => request.signal.addEventListener("abort", callback, { once: true }),
  };
}
