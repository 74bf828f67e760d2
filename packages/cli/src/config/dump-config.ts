/** The configuration in force, as a file that gives the same. */
import type { Limits } from "@rejoin/server";
import type { Resolved, ServerConfig } from "./server-config.ts";

/** TOML with the help of each option; what is no default says where it comes from. */
export function dumpConfig(config: ServerConfig): string {
  const options: readonly Resolved<unknown>[] = [
    ...(Object.values(config.options) as readonly Resolved<unknown>[]),
    ...(config.limits as ReadonlyMap<keyof Limits, Resolved<unknown>>).values(),
  ];
  const lines = [
    "# The configuration of `rejoin server`. Each key is also read from a variable: REJOIN_ and the",
    "# key in capitals, with _ for - and __ for the dot of a table; those win over this file.",
  ];
  let table = "";
  for (const resolved of options) {
    const [own, key] = split(resolved.option.name);
    if (own !== table) lines.push("", `[${own}]`);
    else if (table === "") lines.push("");
    table = own;
    lines.push(...describe(key, resolved));
  }
  return `${lines.join("\n")}\n`;
}

function describe(key: string, { option, value, source }: Resolved<unknown>): readonly string[] {
  const comment = source === undefined ? "" : ` # from ${source}`;
  const line = `${key} = ${option.kind.format(value)}${comment}`;
  return option.help === "" ? [line] : [`# ${option.help}`, line];
}

function split(name: string): readonly [table: string, key: string] {
  const dot = name.lastIndexOf(".");
  return [name.slice(0, Math.max(0, dot)), name.slice(dot + 1)];
}
