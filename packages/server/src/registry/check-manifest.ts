/** What a manifest must satisfy beyond its form to be registered. */
import type { EndpointManifest } from "@rejoin/protocol";
import { problemOfSchema } from "./json-schema/check-schema.ts";
import { RegistryError } from "./registry-error.ts";

/** Throws a {@link RegistryError} that names the handler. */
export function checkSchemas({ services }: EndpointManifest): void {
  for (const service of services) {
    for (const { name, input, output } of service.handlers) {
      check(`the input of ${service.name}/${name}`, input?.jsonSchema);
      check(`the output of ${service.name}/${name}`, output?.jsonSchema);
    }
  }
}

function check(what: string, schema: unknown): void {
  const problem = schema === undefined ? undefined : problemOfSchema(schema);
  if (problem === undefined) return;
  throw new RegistryError(400, `the JSON schema for ${what} is invalid: ${problem}`);
}
