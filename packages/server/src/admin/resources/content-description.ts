/** What a handler takes and gives, in a few words for a table. */
import type { InputManifest, OutputManifest } from "@rejoin/protocol";

/** Such as `application/json`, `JSON 'Title'`, `JSON string` or `none`. */
export function describeInput({ contentType, jsonSchema }: InputManifest): string {
  return describeSchema(jsonSchema) ?? contentType ?? "none";
}

/** Likewise. */
export function describeOutput(output: OutputManifest): string {
  const { contentType, jsonSchema, setContentTypeIfEmpty } = output;
  const described = describeSchema(jsonSchema);
  if (described !== undefined) return described;
  if (contentType === undefined) return "none";
  return setContentTypeIfEmpty === true ? `optional ${contentType}` : contentType;
}

function describeSchema(schema: unknown): string | undefined {
  if (typeof schema !== "object" || schema === null) return undefined;
  const { title, type } = schema as { readonly title?: unknown; readonly type?: unknown };
  if (typeof title === "string") return `JSON '${title}'`;
  return typeof type === "string" ? `JSON ${type}` : undefined;
}
