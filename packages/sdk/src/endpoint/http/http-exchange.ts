/** A request and what answers it, whatever carries them: sockets, `fetch`, an event of a function. */

/** Names in lower case. Names that begin with `:` are HTTP/2's own. */
export type HttpRequestHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** The head of a request. */
export interface HttpRequest {
  readonly method: string;
  /** Path and query, such as `/prefix/invoke/greeter/greet?x=1`. */
  readonly path: string;
  readonly headers: HttpRequestHeaders;
}

/** Names in lower case. */
export type HttpResponseHeaders = Readonly<Record<string, string>>;

/** An answer that is there in full. */
export interface HttpAnswer {
  readonly kind: "answer";
  readonly status: number;
  readonly headers: HttpResponseHeaders;
  readonly body: string;
}

/** The only value of a header, `undefined` if it is absent; of repeated ones the first. */
export function headerOf(request: HttpRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" || value === undefined ? value : value[0];
}
