/** `rejoin services …`: what can be called. */
import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import { addServiceConfig } from "./services/config.ts";
import { addDescribeService } from "./services/describe.ts";
import { addListServices } from "./services/list.ts";
import { addServiceStatus } from "./services/status.ts";

export function addServices(parent: Command, cli: Cli): void {
  const group = parent
    .command("services")
    .alias("svc")
    .summary("see services, how they are doing, and what is set on them")
    .description("A service is a set of handlers; its newest revision takes new calls.");
  addListServices(group, cli);
  addDescribeService(group, cli);
  addServiceStatus(group, cli);
  addServiceConfig(group, cli);
}
