/** Whether the references of a schema lead somewhere within it. */
import { isObject } from "./keywords.ts";

/** The root and each part with an `$id`: references are resolved from there. */
export interface Resource {
  readonly uri: string;
  readonly schema: unknown;
  readonly anchors: Set<string>;
}

/** The references of a schema know these by themselves. */
const META_SCHEMAS = /^https?:\/\/json-schema\.org\/draft/;
/** A base for schemas that have none; nothing is there. */
const NO_BASE = "schema:///";

export class References {
  private readonly resources = new Map<string, Resource>();
  private readonly used: { readonly reference: string; readonly uri: string; at: string }[] = [];

  /** The resource that a schema at a place belongs to: `outer`, or its own if it has an `$id`. */
  enter(schema: Readonly<Record<string, unknown>>, outer: Resource | undefined): Resource {
    const { $id: id } = schema;
    const base = outer?.uri ?? NO_BASE;
    const own = typeof id === "string" ? resolve(id.replace(/#$/, ""), base) : undefined;
    const uri = own ?? base;
    if (outer !== undefined && uri === outer.uri) return outer;
    const resource = { uri, schema, anchors: new Set<string>() };
    this.resources.set(uri, resource);
    return resource;
  }

  /** Notes what a schema defines and refers to. */
  note(schema: Readonly<Record<string, unknown>>, resource: Resource, at: string): void {
    for (const keyword of ["$anchor", "$dynamicAnchor"]) {
      const anchor = schema[keyword];
      if (typeof anchor === "string") resource.anchors.add(anchor);
    }
    for (const keyword of ["$ref", "$dynamicRef"]) {
      const reference = schema[keyword];
      if (typeof reference !== "string") continue;
      this.used.push({ reference, uri: resource.uri, at: `${at}/${keyword}` });
    }
  }

  /** The first reference that leads nowhere, and why, once all is noted. */
  problem(): string | undefined {
    for (const { reference, uri, at } of this.used) {
      const problem = this.problemOf(reference, uri);
      if (problem !== undefined) return `${at}: ${problem}`;
    }
    return undefined;
  }

  private problemOf(reference: string, base: string): string | undefined {
    const target = resolve(reference, base);
    const [uri = "", fragment = ""] = target?.split("#") ?? [];
    if (META_SCHEMAS.test(uri)) return undefined;
    const resource = this.resources.get(uri);
    if (resource === undefined) {
      return `${JSON.stringify(reference)} is outside of the schema; bundle what it refers to into $defs`;
    }
    const isThere = fragment.startsWith("/")
      ? find(resource.schema, fragment)
      : fragment === "" || resource.anchors.has(fragment);
    return isThere ? undefined : `there is nothing at ${JSON.stringify(reference)}`;
  }
}

function resolve(reference: string, base: string): string | undefined {
  return URL.canParse(reference, base) ? new URL(reference, base).href : undefined;
}

function find(schema: unknown, pointer: string): boolean {
  let at: unknown = schema;
  for (const part of pointer.slice(1).split("/")) {
    const key = unescapePart(part);
    if (Array.isArray(at)) at = at[Number(key)];
    else if (isObject(at) && Object.hasOwn(at, key)) at = at[key];
    else return false;
    if (at === undefined) return false;
  }
  return true;
}

function unescapePart(part: string): string {
  try {
    return decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    return part;
  }
}
