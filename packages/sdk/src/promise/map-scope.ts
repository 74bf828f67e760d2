/** The third parameter of a map's function. */
import { CancelledError } from "../errors.ts";
import type { MapScope } from "./map-options.ts";

/** What the function is told of the map that calls it. */
export class Scope implements MapScope {
  #controller: AbortController | undefined = undefined;
  #aborted = false;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#aborted) this.#controller.abort(new CancelledError());
    return this.#controller.signal;
  }

  /** Says whether anybody may have heard of it. */
  abort(): boolean {
    this.#aborted = true;
    this.#controller?.abort(new CancelledError());
    return this.#controller !== undefined;
  }
}
