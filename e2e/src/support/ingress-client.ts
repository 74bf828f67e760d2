/** Requests to an ingress, as a user of plain HTTP makes them. */

export interface IngressCall {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, unless it is bytes. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

export interface IngressAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; throws if it is none. */
  json(): unknown;
}

/** Makes one request and reads its answer whole. */
export async function request(url: string, call: IngressCall = {}): Promise<IngressAnswer> {
  const { method = "POST", headers = {}, body, signal } = call;
  const isBytes = body instanceof Uint8Array;
  const type = isBytes ? "application/octet-stream" : "application/json";
  const response = await fetch(url, {
    method,
    headers: body === undefined ? headers : { "content-type": type, ...headers },
    ...(body === undefined ? {} : { body: isBytes ? body : JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: () => JSON.parse(text) as unknown,
  };
}

/** A call's result; throws unless it succeeded. */
export async function call<T>(url: string, body?: unknown): Promise<T> {
  const answer = await request(url, { body });
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}: ${answer.text}`);
  return (answer.text === "" ? undefined : answer.json()) as T;
}

export interface SendAnswer {
  readonly invocationId: string;
  readonly status: "Accepted" | "PreviouslyAccepted";
  readonly executionTime?: string;
}

/** Sends to `…/<handler>/send`; throws unless it was accepted. */
export async function send(url: string, call: IngressCall = {}): Promise<SendAnswer> {
  const answer = await request(url, call);
  if (answer.status !== 202) throw new Error(`${url} answered ${answer.status}: ${answer.text}`);
  return answer.json() as SendAnswer;
}

/** Waits for the result of an invocation. */
export function attach(ingressUrl: string, invocationId: string): Promise<IngressAnswer> {
  return request(`${ingressUrl}/restate/invocation/${invocationId}/attach`, { method: "GET" });
}

/** Asks for the result of an invocation without waiting. */
export function output(ingressUrl: string, invocationId: string): Promise<IngressAnswer> {
  return request(`${ingressUrl}/restate/invocation/${invocationId}/output`, { method: "GET" });
}
