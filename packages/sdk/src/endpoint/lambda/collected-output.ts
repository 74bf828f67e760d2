/** What an attempt writes, all of it at once. */
import type { PumpOutput } from "../http/attempt-pump.ts";

export class CollectedOutput implements PumpOutput {
  /** Resolves with everything when the attempt has ended. */
  readonly whole: Promise<Uint8Array>;
  readonly #chunks: Uint8Array[] = [];
  #onEnd: (whole: Uint8Array) => void = () => undefined;

  constructor() {
    this.whole = new Promise((resolve) => {
      this.#onEnd = resolve;
    });
  }

  write(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
  }

  end(bytes?: Uint8Array): void {
    if (bytes !== undefined) this.#chunks.push(bytes);
    const [first, ...others] = this.#chunks;
    this.#onEnd(first !== undefined && others.length === 0 ? first : concat(this.#chunks));
  }
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
