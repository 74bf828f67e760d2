/**
 * Lets a program that loads another one see which services that would serve: it sets a function
 * under a symbol, which is handed the options of every endpoint that is made.
 */
import { createReplay } from "../../replay/create-replay.ts";
import type { EndpointOptions } from "../options.ts";

/** @internal */
export interface CapturedEndpoint {
  readonly options: EndpointOptions;
  /** Of the copy of the SDK with which the services were made. */
  readonly createReplay: typeof createReplay;
}

const CAPTURE = Symbol.for("@rejoin/sdk/capture");

/** @internal Hands over the options of an endpoint; says whether anybody wants them. */
export function captureEndpoint(options: EndpointOptions): boolean {
  const capture: unknown = (globalThis as Readonly<Record<symbol, unknown>>)[CAPTURE];
  if (typeof capture !== "function") return false;
  const captured: CapturedEndpoint = { options, createReplay };
  capture(captured);
  return true;
}
