/** Why the registry is not changed. */
import type { ErrorCode } from "@rejoin/protocol";

/** As the admin API answers it. */
export type RegistryErrorStatus = 400 | 404 | 409 | 422 | 500;

export class RegistryError extends Error {
  override readonly name: string = "RegistryError";
  readonly status: RegistryErrorStatus;
  readonly code: ErrorCode | undefined;
  constructor(
    status: RegistryErrorStatus,
    message: string,
    code?: ErrorCode,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.status = status;
    this.code = code;
  }
}

export function unknownDeployment(id: string): RegistryError {
  return new RegistryError(404, `there is no deployment ${id}; see GET /deployments`);
}
