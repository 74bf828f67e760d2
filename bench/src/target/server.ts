/** Our server, with services beside it or without; in a process that is measured, or in a test. */
import type { EndpointOptions } from "@rejoin/sdk";
import type { Core } from "@rejoin/server";
import { start } from "@rejoin/server";
import { withCore } from "./core-probe.ts";
import type { Counters } from "./target.ts";

export interface OpenedServer {
  readonly ingressUrl: string;
  readonly adminUrl: string;
  counters(): Counters;
  close(): Promise<void>;
}

/** `services` may be none: then they are in another process. */
export async function openServer(
  dataDir: string,
  services: EndpointOptions["services"],
): Promise<OpenedServer> {
  const { opened, core } = await withCore(() => start({ services, dataDir, name: "bench" }));
  return {
    ingressUrl: opened.ingressUrl,
    adminUrl: opened.adminUrl,
    counters: () => countersOf(core),
    close: () => opened.close(),
  };
}

function countersOf(core: Core): Counters {
  const total = { commits: 0, records: 0, writes: 0, fetches: 0 };
  for (const leader of core.leaders) {
    const counters = leader.processor?.counters;
    total.commits += counters?.commits ?? 0;
    total.records += counters?.records ?? 0;
    total.writes += counters?.writes ?? 0;
    total.fetches += counters?.fetches ?? 0;
  }
  return total;
}
