/** Why an endpoint could not be discovered. */
import type { ErrorCode } from "@rejoin/protocol";
import { RegistryError } from "../registry/registry-error.ts";

export interface DiscoveryErrorOptions extends ErrorOptions {
  readonly code: ErrorCode;
  /** 400 when the definitions are at fault, 500 otherwise. */
  readonly status?: 400 | 500;
  /** Another try may succeed. */
  readonly isTransient?: boolean;
}

/** The message says what was tried, what came back and what to do. */
export class DiscoveryError extends RegistryError {
  override readonly name = "DiscoveryError";
  override readonly code: ErrorCode;
  override readonly status: 400 | 500;
  readonly isTransient: boolean;
  constructor(message: string, options: DiscoveryErrorOptions) {
    super(options.status ?? 500, message, options.code, options);
    this.code = options.code;
    this.status = options.status ?? 500;
    this.isTransient = options.isTransient ?? false;
  }
}
