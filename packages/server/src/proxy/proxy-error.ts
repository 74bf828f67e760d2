/** The proxy in front of the deployments does not do what it is for. */

export class ProxyError extends Error {
  override readonly name = "ProxyError";
  /** Another try may succeed. */
  readonly isTransient: boolean;
  constructor(message: string, options: ErrorOptions & { readonly isTransient: boolean }) {
    super(message, options);
    this.isTransient = options.isTransient;
  }
}

/** The proxy's own error, if it is one, or what caused `error`. */
export function findProxyError(error: unknown): ProxyError | undefined {
  if (error instanceof ProxyError) return error;
  return error instanceof Error ? findProxyError(error.cause) : undefined;
}

/** What is given is no address of a proxy. */
export class ProxyAddressError extends Error {
  override readonly name = "ProxyAddressError";
  readonly code = "HTTP_PROXY";
}
