/** Attempts at a deployment whose requests need a token, which may have to be asked for first. */
import type { DeploymentAuth } from "../google/deployment-auth.ts";
import type { AuthHeaders } from "../google/id-tokens.ts";
import { networkFailure } from "./http-response.ts";
import type {
  AttemptListener,
  AttemptRequest,
  AttemptStream,
  OutboundItem,
  Transport,
} from "./transport.ts";

interface ClosableTransport extends Transport {
  retire(): void;
  close(): void;
}

export interface AuthorizedOptions {
  readonly inner: ClosableTransport;
  readonly auth: DeploymentAuth;
  readonly uri: string;
  readonly tokens: AuthHeaders;
}

export class AuthorizedTransport implements ClosableTransport {
  private readonly options: AuthorizedOptions;

  constructor(options: AuthorizedOptions) {
    this.options = options;
  }

  get isOneWay(): boolean {
    return this.options.inner.isOneWay === true;
  }

  open(request: AttemptRequest, listener: AttemptListener): AttemptStream {
    const { inner, auth, uri, tokens } = this.options;
    const known = tokens.peek(auth, uri);
    if (known !== undefined) return inner.open({ ...request, authHeaders: known }, listener);
    const open = async () => {
      const authHeaders = await tokens.get(auth, uri);
      return () => inner.open({ ...request, authHeaders }, listener);
    };
    return new WaitingStream(open(), listener);
  }

  retire(): void {
    this.options.inner.retire();
  }

  close(): void {
    this.options.inner.close();
  }
}

/** Keeps what is to be sent until there is a stream to send it on. */
class WaitingStream implements AttemptStream {
  private readonly opened: Promise<void>;
  private readonly waiting: ((stream: AttemptStream) => void)[] = [];
  private stream: AttemptStream | undefined;
  private isAborted = false;

  constructor(opening: Promise<() => AttemptStream>, listener: AttemptListener) {
    // Nobody may be waiting for this: what goes wrong is told to the listener alone.
    this.opened = opening
      .then((open) => this.start(open))
      .catch((error: Error) => {
        if (this.isAborted) return;
        this.abort(error.message, true);
        listener.onEnd(networkFailure(error.message));
      });
  }

  send(items: readonly OutboundItem[]): void {
    this.pass((stream) => stream.send(items));
  }

  drained(): Promise<void> | undefined {
    return this.stream === undefined ? this.opened : this.stream.drained();
  }

  setReading(reading: boolean): void {
    this.pass((stream) => stream.setReading(reading));
  }

  closeInput(): void {
    this.pass((stream) => stream.closeInput());
  }

  abort(reason: string, atOnce?: boolean): void {
    this.isAborted = true;
    this.waiting.length = 0;
    this.stream?.abort(reason, atOnce);
  }

  private start(open: () => AttemptStream): void {
    if (this.isAborted) return;
    this.stream = open();
    for (const act of this.waiting.splice(0)) act(this.stream);
  }

  private pass(act: (stream: AttemptStream) => void): void {
    if (this.stream !== undefined) act(this.stream);
    else if (!this.isAborted) this.waiting.push(act);
  }
}
