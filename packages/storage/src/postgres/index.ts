export type { ConnectionLimits } from "./connections.ts";
export {
  defaultConnectionLimits,
  openPostgresStore,
  type PostgresStoreOptions,
} from "./open-postgres-store.ts";
