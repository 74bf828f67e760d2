/** What a registration changes, as text. */
import type { HandlerChange, ServiceChange } from "../commands/deployments/changes.ts";
import type { Colours } from "./colours.ts";
import { formatHandlers, typeName } from "./services.ts";
import { formatTable, indent } from "./table.ts";

export function renderChanges(changes: readonly ServiceChange[], colours: Colours): string {
  if (changes.length === 0) return "the endpoint serves no services\n";
  return changes.map((change) => renderChange(change, colours)).join("\n");
}

function renderChange(change: ServiceChange, colours: Colours): string {
  const { service } = change;
  const name = colours.bold(service.name);
  const type = typeName(service.ty);
  switch (change.change) {
    case "added": {
      const handlers = indent(formatHandlers(service.handlers, colours));
      return `${colours.green("ADDED")} ${name} (${type})\n${handlers}`;
    }
    case "removed":
      return `${colours.red("REMOVED")} ${name} (${type}) is not served at this address any more\n`;
    case "updated": {
      const { before } = change;
      const from = `revision ${before.revision} -> ${service.revision}, now ${before.deployment_id}`;
      const kind = before.ty === service.ty ? type : `${typeName(before.ty)} -> ${type}`;
      const handlers = indent(formatHandlerChanges(change.handlers, colours));
      return `${colours.yellow("UPDATED")} ${name} (${kind}, ${from})\n${handlers}`;
    }
  }
}

const MARKS: Readonly<Record<HandlerChange["change"], string>> = {
  added: "++",
  removed: "--",
  changed: "~~",
  same: "",
};

function formatHandlerChanges(changes: readonly HandlerChange[], colours: Colours): string {
  const rows = changes.map(({ change, handler }) => [
    MARKS[change],
    handler.name,
    handler.ty?.toLowerCase() ?? "",
    handler.input_description,
    handler.output_description,
  ]);
  return formatTable(["", "HANDLER", "TYPE", "INPUT", "OUTPUT"], rows, colours);
}
