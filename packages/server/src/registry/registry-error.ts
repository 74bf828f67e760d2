/** A change to the registry that is refused. */
import type { ErrorCode } from "@rejoin/protocol";

export type RegistryErrorStatus = 400 | 404 | 409;

export class RegistryError extends Error {
  override readonly name = "RegistryError";
  readonly status: RegistryErrorStatus;
  readonly code: ErrorCode | undefined;
  constructor(status: RegistryErrorStatus, message: string, code?: ErrorCode) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export function unknownDeployment(id: string): RegistryError {
  return new RegistryError(404, `there is no deployment ${id}; see GET /deployments`);
}
