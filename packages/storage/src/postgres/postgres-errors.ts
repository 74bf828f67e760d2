import { StoreError } from "@rejoin/engine";

const damaged = new Set(["XX001", "XX002"]);
const missing = new Set(["3F000", "42P01", "42703", "42804"]);
const lacksRight = "42501";
const waitedForConnection = "timeout exceeded when trying to connect";

/** What a statement rejected with, as a `StoreError`; `place` names the database and the schema. */
export function toStoreError(place: string, what: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const code = sqlStateOf(error);
  const failed = `${what} in ${place} failed (${detailOf(error)})`;
  if (code !== undefined && damaged.has(code)) {
    const remedy = "restore the database from a backup";
    return new StoreError("DATA_CORRUPTION", `${failed}: ${remedy}`, { cause: error });
  }
  if (code !== undefined && missing.has(code)) {
    const remedy = "the tables are not those of the store, restore the schema from a backup";
    return new StoreError("DATA_CORRUPTION", `${failed}: ${remedy}`, { cause: error });
  }
  if (code === lacksRight) {
    const remedy = "grant the role this right, or connect as the owner of the schema";
    return new StoreError("NOT_WRITABLE", `${failed}: ${remedy}`, { cause: error });
  }
  return new StoreError("UNAVAILABLE", failed, { cause: error });
}

/** What waiting for a connection ended with, as a `StoreError`. */
export function toConnectError(place: string, what: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  if (error instanceof Error && error.message === waitedForConnection) {
    return new StoreError(
      "UNAVAILABLE",
      `${what} in ${place} found no free connection in time: allow more connections, or close ` +
        "snapshots sooner",
      { cause: error },
    );
  }
  return new StoreError(
    "UNAVAILABLE",
    `cannot connect for ${what} in ${place} (${detailOf(error)}): check that the server runs, its ` +
      "address, and the role, password and database in the connection string",
    { cause: error },
  );
}

/** The five characters by which PostgreSQL names what went wrong. */
function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" && error.code.length === 5 ? error.code : undefined;
}

function detailOf(error: unknown): string {
  // A name with several addresses fails with one error for each and no message of its own.
  if (error instanceof AggregateError && error.message === "") {
    return error.errors.map(detailOf).join("; ");
  }
  return error instanceof Error ? error.message : String(error);
}
