/**
 * Whether a JSON schema is one: tools that read the OpenAPI document of a service rely on it. Nothing
 * is ever validated against it.
 */
import { excerpt, isObject, KEYWORDS, OLDER_KEYWORDS } from "./keywords.ts";
import { References, type Resource } from "./references.ts";

const DEPTH_MAX = 200;
const DRAFTS: readonly { readonly uri: RegExp; readonly isOlder: boolean }[] = [
  { uri: /^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/, isOlder: false },
  { uri: /^https?:\/\/json-schema\.org\/draft\/2019-09\/schema#?$/, isOlder: true },
  { uri: /^https?:\/\/json-schema\.org\/draft-0[467]\/schema#?$/, isOlder: true },
];

/** What is wrong with `schema`, and where; `undefined` if nothing is. */
export function problemOfSchema(schema: unknown): string | undefined {
  if (typeof schema === "boolean") return undefined;
  if (!isObject(schema)) return `${excerpt(schema)} is not an object or a boolean`;
  const { $schema: uri } = schema;
  const draft = uri === undefined ? DRAFTS[0] : DRAFTS.find((one) => one.uri.test(String(uri)));
  if (draft === undefined) return `#/$schema: ${excerpt(uri)} is no draft that is known`;
  const references = new References();
  const check = new SchemaCheck(references, draft.isOlder);
  return check.run(schema, { resource: undefined, at: "#", depth: 0 }) ?? references.problem();
}

interface Place {
  readonly resource: Resource | undefined;
  readonly at: string;
  readonly depth: number;
}

class SchemaCheck {
  private readonly references: References;
  private readonly isOlder: boolean;

  constructor(references: References, isOlder: boolean) {
    this.references = references;
    this.isOlder = isOlder;
  }

  run(schema: unknown, place: Place): string | undefined {
    if (!isObject(schema)) return undefined;
    if (place.depth > DEPTH_MAX) return `${place.at} is nested more than ${DEPTH_MAX} deep`;
    const resource = this.references.enter(schema, place.resource);
    this.references.note(schema, resource, place.at);
    for (const [name, value] of Object.entries(schema)) {
      const problem = this.member(name, value, { ...place, resource, at: `${place.at}/${name}` });
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  private member(name: string, value: unknown, place: Place): string | undefined {
    const keyword = (this.isOlder ? OLDER_KEYWORDS.get(name) : undefined) ?? KEYWORDS.get(name);
    if (keyword === undefined) return undefined;
    const problem = keyword.problemOf(value);
    if (problem !== undefined) return `${place.at}: ${problem}`;
    if (keyword.nesting === "none") return undefined;
    const isOne = keyword.nesting === "schema" || typeof value !== "object" || value === null;
    if (isOne) return this.run(value, { ...place, depth: place.depth + 1 });
    for (const [key, item] of this.nested(keyword.nesting, value)) {
      const at = key === undefined ? place.at : `${place.at}/${key}`;
      const found = this.run(item, { ...place, at, depth: place.depth + 1 });
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** A keyword of several schemas may in older drafts be one schema. */
  private nested(nesting: string, value: object): [key: string | undefined, item: unknown][] {
    if (nesting === "schemas" && !Array.isArray(value)) return [[undefined, value]];
    return Object.entries(value);
  }
}
