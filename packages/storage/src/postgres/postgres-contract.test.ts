import { storeContract } from "../store.suite.ts";
import { storeProperties } from "../store-properties.suite.ts";
import { createTestedStore, describePostgres } from "./testing/postgres-server.ts";

describePostgres("PostgreSQL", (url) => {
  storeContract({
    name: "PostgreSQL",
    create: (partitionCount) => createTestedStore(url, { partitionCount }),
  });
  storeProperties({
    name: "PostgreSQL",
    runs: 25,
    // A run may open a snapshot in every step.
    create: () => createTestedStore(url, { limits: { snapshotsMax: 40 } }),
  });
});
