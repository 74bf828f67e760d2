/**
 * Joins a `Request`, the body of its `Response` and a pump.
 *
 * Where messages go both ways the request is not read while the response is not: what is buffered is
 * at most what one turn of user code writes. A connection that is lost is seen by the request's
 * signal, by an error of its body or by the cancellation of the response's: the runtimes differ.
 */
import type { AttemptPump, PumpOutput } from "../http/attempt-pump.ts";
import type { HttpInvocation } from "../http/http-endpoint.ts";

type Controller = ReadableStreamDefaultController<Uint8Array>;

export class FetchInvocation implements PumpOutput {
  /** Of the response. */
  readonly body: ReadableStream<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  /** Until the attempt has ended or the connection is lost. */
  #pump: AttemptPump | undefined = undefined;
  #controller: Controller | undefined = undefined;
  #onPulled: () => void = ignore;

  constructor(request: Request, invocation: HttpInvocation) {
    this.body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#onPulled(),
      cancel: () => this.#lose(),
    });
    this.#reader = request.body?.getReader();
    this.#pump = invocation.open(this);
    request.signal.addEventListener("abort", () => this.#lose(), { once: true });
    if (request.signal.aborted) this.#lose();
  }

  /**
   * Resolves when the request has been read, or nobody wants the rest of it. `slowly` if the response
   * is read meanwhile: then the request is not read faster.
   */
  async read(slowly: boolean): Promise<void> {
    try {
      while (this.#pump !== undefined) {
        if (slowly) await this.#pulled();
        const chunk = await this.#reader?.read();
        if (chunk === undefined || chunk.done) return this.#pump?.closeInput();
        this.#pump?.push(chunk.value);
      }
    } catch {
      this.#lose();
    }
  }

  write(bytes: Uint8Array): void {
    this.#controller?.enqueue(bytes);
  }

  end(bytes?: Uint8Array): void {
    if (bytes !== undefined) this.#controller?.enqueue(bytes);
    this.#controller?.close();
    this.#detach();
  }

  /** Resolves when there is room for more output, or no need of it. */
  async #pulled(): Promise<void> {
    while (this.#controller !== undefined && (this.#controller.desiredSize ?? 1) <= 0) {
      await new Promise<void>((resolve) => {
        this.#onPulled = resolve;
      });
    }
  }

  #lose(): void {
    const error = new Error("the connection was lost");
    const controller = this.#controller;
    this.#detach()?.abort(error);
    controller?.error(error);
  }

  /** Nothing comes and goes any more. */
  #detach(): AttemptPump | undefined {
    const pump = this.#pump;
    this.#pump = undefined;
    this.#controller = undefined;
    this.#onPulled();
    // Ends a read that is under way; what still arrives is dropped.
    this.#reader?.cancel().catch(ignore);
    return pump;
  }
}

function ignore(): void {}
