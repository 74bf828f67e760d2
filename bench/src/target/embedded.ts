/** A server in this process: what the child of `rejoin.ts` runs, and what a test can run itself. */

import * as sdk from "@rejoin/sdk";
import type { Core } from "@rejoin/server";
import { start } from "@rejoin/server";
import { createServices } from "../work/services.ts";
import { withCore } from "./core-probe.ts";
import { mainThreadCpuUs } from "./proc.ts";
import type { Counters, Usage } from "./target.ts";

export interface Embedded {
  readonly ingressUrl: string;
  usage(): Usage;
  close(): Promise<void>;
}

/** `napMsMax`: see {@link createServices}. */
export async function openEmbedded(dataDir: string, napMsMax?: number): Promise<Embedded> {
  const services = createServices(sdk, napMsMax);
  const { opened, core } = await withCore(() => start({ services, dataDir, name: "bench" }));
  return {
    ingressUrl: opened.ingressUrl,
    usage: () => ({ ...ownUsage(), counters: countersOf(core) }),
    close: () => opened.close(),
  };
}

function ownUsage() {
  const { user, system } = process.cpuUsage();
  return {
    cpuUs: user + system,
    mainThreadCpuUs: mainThreadCpuUs(process.pid),
    rssPeakBytes: process.resourceUsage().maxRSS * 1024,
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
