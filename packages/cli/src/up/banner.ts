/** What `rejoin up` says of itself. */
import type { Colours } from "../render/colours.ts";
import { formatFields, indent } from "../render/table.ts";
import { CLI_VERSION } from "../version.ts";
import type { App } from "./app.ts";

export interface BannerInput {
  readonly ingressUrl: string;
  readonly adminUrl: string;
  readonly data: { readonly directory: string; readonly isTemporary: boolean };
  readonly app: App | undefined;
}

export function renderBanner({ ingressUrl, adminUrl, data, app }: BannerInput, colours: Colours) {
  const kept = data.isTemporary ? " (removed at the end; --data-dir keeps it)" : "";
  const fields = formatFields(
    [
      ["ingress", ingressUrl],
      ["admin", adminUrl],
      ["ui", `${adminUrl}/ui/`],
      ["data", `${data.directory}${kept}`],
      ["app", app && `${app.shownPath}, under watch`],
    ],
    colours,
  );
  const next =
    app === undefined
      ? "Register services with `rejoin deployments register <url>`. Ctrl-C ends the server."
      : "Ctrl-C ends all of it.";
  return `${colours.bold(`rejoin ${CLI_VERSION} is up`)}\n\n${indent(fields)}\n${next}\n\n`;
}
