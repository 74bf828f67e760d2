/** One HTTP request and its whole answer, whichever HTTP version carries it. */

export interface ExchangeRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent with POST; without one it is a GET. */
  readonly body?: Uint8Array;
  /** A larger body is refused. */
  readonly bodyBytesMax: number;
  /** Ends the exchange, whatever it waits for, with `signal.reason`. */
  readonly signal: AbortSignal;
}

export interface ExchangeResponse {
  readonly status: number;
  /** `undefined` where no HTTP is spoken. */
  readonly httpVersion: "HTTP/2.0" | "HTTP/1.1" | "HTTP/1.0" | undefined;
  readonly header: (name: string) => string | undefined;
  readonly body: Uint8Array;
}

/**
 * - `notHttp1`, `notHttp2`: the peer answered with something else than that protocol
 * - `tooLarge`: the body is over the bound
 * - `closed`: the connection ended without the whole answer
 */
export type ExchangeErrorKind = "notHttp1" | "notHttp2" | "tooLarge" | "closed";

/** Why there is no answer, where Node has no error that says so. */
export class ExchangeError extends Error {
  override readonly name = "ExchangeError";
  readonly kind: ExchangeErrorKind;
  constructor(kind: ExchangeErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** Collects a body up to a bound. */
export class BodyCollector {
  private readonly chunks: Uint8Array[] = [];
  private readonly bytesMax: number;
  private bytes = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** Throws an {@link ExchangeError} beyond the bound. */
  add(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    if (this.bytes > this.bytesMax) {
      throw new ExchangeError("tooLarge", `the answer is larger than ${this.bytesMax} bytes`);
    }
    this.chunks.push(chunk);
  }

  take(): Uint8Array {
    return Buffer.concat(this.chunks);
  }
}
