/** `rejoin invocations …`: what runs, and what has run. */
import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import { addDescribeInvocation } from "./invocations/describe.ts";
import { addListInvocations } from "./invocations/list.ts";

export function addInvocations(parent: Command, cli: Cli): void {
  const group = parent
    .command("invocations")
    .alias("inv")
    .summary("list and describe invocations")
    .description("An invocation is one durable execution of a handler.");
  addListInvocations(group, cli);
  addDescribeInvocation(group, cli);
}
