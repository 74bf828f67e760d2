/** The shapes of JSON values: readers that return a typed value or throw with the path to the fault. */

import type { ManifestVersion } from "./http.ts";
import { ManifestError } from "./manifest-error.ts";

/** Where a value is in the document. */
export interface Place {
  readonly path: string;
  /** The service and handler around it, "" outside of them. */
  readonly owner: string;
  /** The property within its owner, "" for the owner itself. */
  readonly property: string;
}

export type Read<T> = (value: unknown, place: Place) => T;

/** One property of an object. */
export interface Property<T> {
  /** The manifest version that brought it. */
  readonly since: ManifestVersion;
  readonly required: boolean;
  readonly read: Read<T>;
}

/** All properties of `T`. */
export type Properties<T> = { readonly [K in keyof T]-?: Property<Exclude<T[K], undefined>> };

/** The property that tells items of an array apart. */
const NAME = "name";

export function required<T>(since: ManifestVersion, read: Read<T>): Property<T> {
  return { since, required: true, read };
}

export function optional<T>(since: ManifestVersion, read: Read<T>): Property<T> {
  return { since, required: false, read };
}

/** A document that is no manifest. */
export function malformed(place: Place, problem: string): ManifestError {
  return new ManifestError(`bad discovery response: ${describePlace(place)} ${problem}`, {
    code: "META0013",
    path: place.path,
    status: 500,
  });
}

export const readString: Read<string> = (value, place) => {
  if (typeof value !== "string") throw malformed(place, "must be a string");
  return value;
};

export const readBoolean: Read<boolean> = (value, place) => {
  if (typeof value !== "boolean") throw malformed(place, "must be a boolean");
  return value;
};

export const readNumber: Read<number> = (value, place) => {
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw malformed(place, "must be a number");
  }
  return value;
};

export const readAny: Read<unknown> = (value) => value;

export function readInteger(min: number, max: number): Read<number> {
  return (value, place) => {
    if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
      throw malformed(place, `must be an integer from ${min} to ${max}`);
    }
    return value as number;
  };
}

export function readOneOf<T extends string>(...allowed: readonly T[]): Read<T> {
  return (value, place) => {
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined) throw malformed(place, `must be one of ${allowed.join(", ")}`);
    return found;
  };
}

export function readPattern(pattern: RegExp): Read<string> {
  return (value, place) => {
    if (typeof value !== "string" || !pattern.test(value)) {
      throw malformed(place, `must be a string that matches ${pattern.source}`);
    }
    return value;
  };
}

export function readArray<T>(itemName: string, read: Read<T>): Read<readonly T[]> {
  return (value, place) => {
    if (!Array.isArray(value)) throw malformed(place, "must be an array");
    return value.map((item: unknown, index) => {
      const name = isObject(item) ? item[NAME] : undefined;
      const shown = typeof name === "string" ? `"${name}"` : `number ${index + 1}`;
      const owner = joinNonEmpty(place.owner, `${itemName} ${shown}`, ", ");
      return read(item, { path: `${place.path}[${index}]`, owner, property: "" });
    });
  };
}

export const readStringMap: Read<Readonly<Record<string, string>>> = (value, place) => {
  if (!isObject(value)) throw malformed(place, "must be an object");
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([key, item]) => [key, readString(item, propertyPlace(place, key))]),
  );
};

/** An object with these properties and no others. A property that is null counts as absent. */
export function readObject<T>(properties: Properties<T>): Read<T> {
  const known: Readonly<Record<string, Property<unknown>>> = properties;
  return (value, place) => {
    if (!isObject(value)) throw malformed(place, "must be an object");
    const result: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      if (!Object.hasOwn(known, key)) throw malformed(propertyPlace(place, key), "is unknown");
    }
    for (const [key, property] of Object.entries(known)) {
      const item = value[key];
      if (item !== undefined && item !== null) {
        result[key] = property.read(item, propertyPlace(place, key));
      } else if (property.required) {
        throw malformed(propertyPlace(place, key), "is missing");
      }
    }
    return result as T;
  };
}

/** The place of the property `key` of the object at `place`. */
export function propertyPlace(place: Place, key: string): Place {
  return {
    path: joinNonEmpty(place.path, key, "."),
    owner: place.owner,
    property: joinNonEmpty(place.property, key, "."),
  };
}

/** A place as messages call it. */
export function describePlace({ owner, property }: Place): string {
  if (property === "") return owner === "" ? "the manifest" : owner;
  return joinNonEmpty(owner, `property ${property}`, ": ");
}

function joinNonEmpty(outer: string, inner: string, separator: string): string {
  return outer === "" ? inner : outer + separator + inner;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
