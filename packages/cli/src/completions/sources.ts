/** What is suggested to somebody who types, asked of the server: quickly, or not at all. */
import { createAdminClient } from "@rejoin/client";
import type { Cli } from "../cli.ts";
import { LOCAL } from "../contexts/profiles.ts";
import type { DynamicKind, Suggestion } from "./complete.ts";

/** Nobody waits longer for a suggestion. */
const TIMEOUT_MS = 1000;

export async function listSuggestions(cli: Cli, kind: DynamicKind): Promise<readonly Suggestion[]> {
  try {
    return await fetchSuggestions(cli, kind);
  } catch {
    // No server, no suggestions: this is no place for an error.
    return [];
  }
}

async function fetchSuggestions(cli: Cli, kind: DynamicKind): Promise<readonly Suggestion[]> {
  if (kind === "environment") {
    return [...new Set([LOCAL, ...cli.settings.profiles.keys()])].map((value) => plain(value));
  }
  const { url, token } = cli.connection.admin;
  const admin = createAdminClient({
    url,
    fetch: cli.environment.fetch,
    timeoutMs: TIMEOUT_MS,
    ...(token === undefined ? {} : { token }),
  });
  if (kind === "deployment") {
    const deployments = await admin.listDeployments();
    return deployments.map(({ id, uri, arn }) => ({ value: id, description: uri ?? arn ?? "" }));
  }
  const services = await admin.listServices();
  switch (kind) {
    case "service":
      return services.map(({ name, ty }) => ({ value: name, description: ty }));
    case "object":
      return services
        .filter(({ ty }) => ty !== "Service")
        .map(({ name, ty }) => ({ value: name, description: ty }));
    case "handler":
      return services.flatMap(({ name, ty, handlers }) =>
        ty === "Service"
          ? handlers.map((handler) => plain(`${name}/${handler.name}`))
          : [plain(`${name}/`)],
      );
  }
}

function plain(value: string): Suggestion {
  return { value, description: "" };
}
