/** `rejoin deployments …`: where the code of services runs. */
import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import { addDescribeDeployment } from "./deployments/describe.ts";
import { addListDeployments } from "./deployments/list.ts";
import { addRegisterDeployment } from "./deployments/register.ts";
import { addRemoveDeployment } from "./deployments/remove.ts";
import { addUpdateDeployment } from "./deployments/update.ts";

export function addDeployments(parent: Command, cli: Cli): void {
  const group = parent
    .command("deployments")
    .alias("dp")
    .summary("register, list, describe, update and remove deployments")
    .description("A deployment is code at an address: an endpoint that serves services.");
  addRegisterDeployment(group, cli);
  addListDeployments(group, cli);
  addDescribeDeployment(group, cli);
  addUpdateDeployment(group, cli);
  addRemoveDeployment(group, cli);
}
