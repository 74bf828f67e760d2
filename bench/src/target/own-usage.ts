/** What the process that asks has used so far. */
import { mainThreadCpuUs } from "./proc.ts";
import type { ProcessUsage } from "./target.ts";

export type OwnUsage = Omit<ProcessUsage, "name">;

export function ownUsage(): OwnUsage {
  const { user, system } = process.cpuUsage();
  return {
    cpuUs: user + system,
    mainThreadCpuUs: mainThreadCpuUs(process.pid),
    rssBytes: process.memoryUsage.rss(),
    rssPeakBytes: process.resourceUsage().maxRSS * 1024,
  };
}
