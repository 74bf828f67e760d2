/** A request and what answers it, whatever carries them: sockets, `fetch`, an event of a function. */

/** Names in lower case. Names that begin with `:` are HTTP/2's own. */
export type HttpRequestHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** The head of a request. */
export interface HttpRequest {
  readonly method: string;
  /** Path and query, such as `/prefix/invoke/greeter/greet?x=1`. */
  readonly path: string;
  readonly headers: HttpRequestHeaders;
  /** What the runtime hands over beside the request, for `ctx.request().extraArgs`. */
  readonly extraArgs?: readonly unknown[];
  /** Named in the log lines of the attempt. */
  readonly logContext?: Readonly<Record<string, string>>;
}

/** Names in lower case. */
export type HttpResponseHeaders = Readonly<Record<string, string>>;

/** An answer that is there in full. */
export interface HttpAnswer {
  readonly kind: "answer";
  readonly status: number;
  readonly headers: HttpResponseHeaders;
  readonly body: string | Uint8Array;
}

/** A request that is answered when its body is there. */
export interface HttpConversion {
  readonly kind: "conversion";
  convert(body: Uint8Array): Promise<HttpAnswer>;
}

/** The only value of a header, `undefined` if it is absent; of repeated ones the first. */
export function headerOf(request: HttpRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" || value === undefined ? value : value[0];
}
