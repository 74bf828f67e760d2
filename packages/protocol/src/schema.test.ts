import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { describe, expect, test } from "vitest";
import {
  type FieldSchema,
  MESSAGE_SCHEMAS,
  NESTED_SCHEMAS,
  PROTOCOL_SCHEMA_VERSION,
} from "./schema.ts";

/** The hash of the table as of each schema version. Entries are added, never changed. */
const SCHEMA_HASHES: Readonly<Record<number, string>> = {
  1: "1638c12691ac2a9e4146130e9d4442e633eed5adad1bacc13e778ced98ad27dc",
};

describe("the message table", () => {
  test("has the hash pinned for its version", () => {
    const hash = bytesToHex(sha256(utf8ToBytes(JSON.stringify(canonicalTable()))));
    expect(hash, "the table changed: bump PROTOCOL_SCHEMA_VERSION and pin the new hash here").toBe(
      SCHEMA_HASHES[PROTOCOL_SCHEMA_VERSION],
    );
  });

  const tables: [string, readonly FieldSchema[]][] = [
    ...Object.entries(NESTED_SCHEMAS),
    ...Object.entries(MESSAGE_SCHEMAS).map(
      ([kind, { fields }]): [string, readonly FieldSchema[]] => [kind, fields],
    ),
  ];
  test.each(tables)("%s has each field number and name once", (_, fields) => {
    expect(new Set(fields.map((field) => field.number)).size).toBe(fields.length);
    expect(new Set(fields.map((field) => field.name)).size).toBe(fields.length);
  });

  test("has codes within the ranges of their groups", () => {
    for (const { code, group } of Object.values(MESSAGE_SCHEMAS)) {
      if (group === "control") expect(code).toBeLessThan(0x0400);
      if (group === "command") expect(code & 0xfc00).toBe(0x0400);
      if (group === "completion") expect(code & 0xfc00).toBe(0x8000);
      if (group === "signal") expect(code).toBe(0xfbff);
    }
  });
});

/** The table without what depends on the order in which it is written down. */
function canonicalTable(): unknown {
  const fieldsOf = (fields: readonly FieldSchema[]) =>
    fields
      .toSorted((a, b) => a.number - b.number)
      .map(({ number, name, type, presence, versions }) => [
        number,
        name,
        type,
        typeof presence === "object" ? `oneof ${presence.oneof}` : presence,
        ...versions,
      ]);
  const messages = Object.values(MESSAGE_SCHEMAS)
    .toSorted((a, b) => a.code - b.code)
    .map(({ name, code, group, sender, since, ackable, fields }) => [
      name,
      code,
      group,
      sender,
      since,
      ackable,
      fieldsOf(fields),
    ]);
  const nested = Object.entries(NESTED_SCHEMAS)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, fields]) => [name, fieldsOf(fields)]);
  return [messages, nested];
}
