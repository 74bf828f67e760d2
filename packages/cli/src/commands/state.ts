/** `rejoin state …`: the state of virtual objects and workflows. */
import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import { addClearState } from "./state/clear.ts";
import { addEditState } from "./state/edit.ts";
import { addGetState } from "./state/get.ts";
import { addListObjects } from "./state/list.ts";
import { addPatchState } from "./state/patch.ts";

export function addState(parent: Command, cli: Cli): void {
  const group = parent
    .command("state")
    .alias("kv")
    .summary("see and change the state of objects")
    .description(
      "The state of a virtual object or workflow: values by name, for each of its keys.",
    );
  addListObjects(group, cli);
  addGetState(group, cli);
  addEditState(group, cli);
  addPatchState(group, cli);
  addClearState(group, cli);
}
