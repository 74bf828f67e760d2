/** `rejoin invocations …`: what runs, and what has run. */
import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import { addChildren } from "./invocations/children.ts";
import { addDescribeInvocation } from "./invocations/describe.ts";
import { addExportInvocation } from "./invocations/export.ts";
import { addListInvocations } from "./invocations/list.ts";
import { addOperations } from "./invocations/operations.ts";
import { addResults } from "./invocations/results.ts";
import { addSummarizeInvocations } from "./invocations/summary.ts";
import { addWatchInvocation } from "./invocations/watch.ts";

export function addInvocations(parent: Command, cli: Cli): void {
  const group = parent
    .command("invocations")
    .alias("inv")
    .summary("see what runs and what fails; cancel, pause, resume, restart it")
    .description("An invocation is one durable execution of a handler.");
  addListInvocations(group, cli);
  addSummarizeInvocations(group, cli);
  addDescribeInvocation(group, cli);
  addExportInvocation(group, cli);
  addChildren(group, cli);
  addWatchInvocation(group, cli);
  addResults(group, cli);
  addOperations(group, cli);
}
