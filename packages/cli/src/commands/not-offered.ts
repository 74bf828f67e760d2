/** Commands of the ecosystem's other tools that have no counterpart here: they say so. */
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";

const NOT_OFFERED: readonly (readonly [name: string, aliases: readonly string[], why: string])[] = [
  ["kafka-clusters", ["kc"], "this server takes no events from Kafka"],
  ["subscriptions", ["sub"], "this server takes no events from Kafka"],
  ["vqueues", [], "what waits for what is in `rejoin top` and `rejoin services status`"],
  ["cloud", [], "there is no cloud: `rejoin config` chooses among your own servers"],
];

/** They are in no help. */
export function addNotOffered(parent: Command): void {
  for (const [name, aliases, why] of NOT_OFFERED) {
    parent
      .command(name, { hidden: true })
      .aliases([...aliases])
      .allowUnknownOption()
      .argument("[args...]")
      .action(() => {
        throw new CliError(`${name} is not offered: ${why}`, { hint: "see rejoin --help" });
      });
  }
}
