/** `rejoin services …`: what can be called. */
import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import { addDescribeService } from "./services/describe.ts";
import { addListServices } from "./services/list.ts";

export function addServices(parent: Command, cli: Cli): void {
  const group = parent
    .command("services")
    .alias("svc")
    .summary("list and describe services")
    .description("A service is a set of handlers; its newest revision takes new calls.");
  addListServices(group, cli);
  addDescribeService(group, cli);
}
