import { StoreError } from "@rejoin/engine";

/** A refusal to start, or to go on, on damaged files. `what` names the file and the place. */
export function corruptionError(directory: string, what: string, cause?: unknown): StoreError {
  return new StoreError(
    "DATA_CORRUPTION",
    `${what} in ${directory}: restore it from a backup, or set acceptDataLoss to start with ` +
      "what is left",
    { cause },
  );
}
