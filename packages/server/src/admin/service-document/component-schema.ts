/**
 * A JSON schema as a component of a document. References within it began at its own root, and begin
 * at the root of the document now; a part with an `$id` keeps its own root.
 */

/** Their members are schemas by names that are no keywords. */
const MAPS = new Set([
  "properties",
  "patternProperties",
  "$defs",
  "definitions",
  "dependentSchemas",
]);
/** Their values are data, whatever they look like. */
const DATA = new Set(["const", "enum", "default", "examples", "example"]);
const REFERENCES = new Set(["$ref", "$dynamicRef"]);

/** For `#/components/schemas/<name>`. */
export function toComponentSchema(name: string, schema: unknown): unknown {
  return rewrite(schema, `#/components/schemas/${name}`);
}

function rewrite(schema: unknown, root: string): unknown {
  if (Array.isArray(schema)) return schema.map((item) => rewrite(item, root));
  if (typeof schema !== "object" || schema === null || "$id" in schema) return schema;
  return mapMembers(schema, (key, value) => {
    if (REFERENCES.has(key) && typeof value === "string") return rewriteReference(value, root);
    if (DATA.has(key)) return value;
    if (MAPS.has(key) && typeof value === "object" && value !== null && !Array.isArray(value)) {
      return mapMembers(value, (_name, member) => rewrite(member, root));
    }
    return rewrite(value, root);
  });
}

/** A plain anchor (`#name`) is left alone: anchors are found by their names. */
function rewriteReference(reference: string, root: string): string {
  return reference === "#" || reference.startsWith("#/") ? root + reference.slice(1) : reference;
}

function mapMembers(
  value: object,
  change: (key: string, value: unknown) => unknown,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, change(key, member)]),
  );
}
