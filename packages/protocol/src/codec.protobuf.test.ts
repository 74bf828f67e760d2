/** Our codec and schema against an independent protobuf implementation. */
import fc from "fast-check";
import { type Field, Type } from "protobufjs";
import { describe, expect, test } from "vitest";
import { decodeBody, encodeBody } from "./codec.ts";
import { PROTOCOL_VERSIONS } from "./http.ts";
import { MESSAGE_KINDS, messageCode } from "./message-kinds.ts";
import { type FieldSchema, MESSAGE_SCHEMAS, NESTED_SCHEMAS } from "./schema.ts";
import { ARBITRARIES } from "./testing/arbitraries.ts";
import { asReceived } from "./testing/as-received.ts";
import { protoRoot, toPlain } from "./testing/protobuf-model.ts";
import { SAMPLES } from "./testing/samples.ts";

const TYPE_NAMES: Readonly<Record<string, string>> = { uint32: "u32", uint64: "u64" };

describe("the schema table", () => {
  const tables: [string, readonly FieldSchema[]][] = [
    ...Object.entries(NESTED_SCHEMAS),
    ...Object.values(MESSAGE_SCHEMAS).map(({ name, fields }): [string, readonly FieldSchema[]] => [
      name,
      fields,
    ]),
  ];
  test.each(tables)("%s has the fields of the independent schema", (name, fields) => {
    const ours = fields.map((field) => [field.number, field.name, field.type, presence(field)]);
    const theirs = protoRoot
      .lookupType(name)
      .fieldsArray.map((field) => [field.id, field.name, typeName(field), theirPresence(field)]);
    expect(ours.toSorted()).toEqual(theirs.toSorted());
  });

  test("covers the independent schema", () => {
    const types = protoRoot.nestedArray.filter((nested) => nested instanceof Type);
    expect(types.map((type) => type.name).toSorted()).toEqual(
      tables.map(([name]) => name).toSorted(),
    );
  });
});

const cases = MESSAGE_KINDS.flatMap((kind) =>
  PROTOCOL_VERSIONS.filter((version) => version >= MESSAGE_SCHEMAS[kind].since).map(
    (version) => [kind, version] as const,
  ),
);

describe("the codec", () => {
  test.each(cases)("%s in version %i has the bytes of the independent one", (kind, version) => {
    const type = protoRoot.lookupType(MESSAGE_SCHEMAS[kind].name);
    const check = (message: Parameters<typeof asReceived>[0]) => {
      const received = asReceived(message, version);
      const theirs = type.encode(type.fromObject(toPlain(received, version))).finish();
      const ours = encodeBody(message, version);
      expect(hex(ours)).toBe(hex(theirs));
      const { requestAck: _flag, ...expected } = { requestAck: false, ...received };
      expect(decodeBody(messageCode(kind), 0, theirs, version)).toEqual(expected);
    };
    for (const [, sample] of SAMPLES) if (sample.kind === kind) check(sample);
    fc.assert(fc.property(ARBITRARIES[kind], check), { numRuns: 15 });
  });
});

function presence(field: FieldSchema): string {
  if (typeof field.presence === "object") return `oneof ${field.presence.oneof}`;
  const isMessage = /^[A-Z]/.test(field.type);
  return isMessage && field.presence === "optional" ? "implicit" : field.presence;
}

function theirPresence(field: Field): string {
  if (field.repeated) return "repeated";
  if (field.partOf === null) return "implicit";
  return field.partOf.isProto3Optional ? "optional" : `oneof ${field.partOf.name}`;
}

function typeName(field: Field): string {
  if (field.resolvedType instanceof Type) return field.resolvedType.name;
  return field.resolvedType === null ? (TYPE_NAMES[field.type] ?? field.type) : "enum";
}

function hex(value: Uint8Array): string {
  return Buffer.from(value).toString("hex");
}
