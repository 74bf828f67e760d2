/** Outcomes in rows and messages: 0 and the value; or 1, code, message and metadata of the failure. */
import type { Failure, Outcome } from "@rejoin/protocol";
import type { AttemptFailure } from "../model/invocation.ts";
import type { ByteReader, ByteWriter } from "./bytes.ts";

export function writeOutcome(writer: ByteWriter, outcome: Outcome): void {
  if (outcome.kind === "value") {
    writer.u8(0);
    writer.blob(outcome.value);
    return;
  }
  writer.u8(1);
  writeFailure(writer, outcome.failure);
}

export function writeFailure(writer: ByteWriter, failure: Failure): void {
  writer.varint(failure.code);
  writer.string(failure.message);
  writer.varint(failure.metadata?.length ?? 0);
  for (const item of failure.metadata ?? []) {
    writer.string(item.key);
    writer.string(item.value);
  }
}

export function readOutcome(reader: ByteReader): Outcome {
  return reader.u8() === 0
    ? { kind: "value", value: reader.blob() }
    : { kind: "failure", failure: readFailure(reader) };
}

export function readFailure(reader: ByteReader): Failure {
  const code = reader.varint();
  const message = reader.string();
  const metadata = [];
  for (let n = reader.varint(); n > 0; n--) {
    metadata.push({ key: reader.string(), value: reader.string() });
  }
  return metadata.length === 0 ? { code, message } : { code, message, metadata };
}

export function writeAttemptFailure(writer: ByteWriter, failure: AttemptFailure): void {
  writer.varint(failure.code);
  writer.string(failure.message);
  writer.string(failure.stacktrace);
  writer.string(failure.docCode);
  writer.varint((failure.relatedCommandIndex ?? -1) + 1);
  writer.optionalString(failure.relatedCommandName);
  writer.varint((failure.relatedCommandType ?? -1) + 1);
}

export function readAttemptFailure(reader: ByteReader): AttemptFailure {
  const code = reader.varint();
  const message = reader.string();
  const stacktrace = reader.string();
  const docCode = reader.string();
  const index = reader.varint() - 1;
  const name = reader.optionalString();
  const type = reader.varint() - 1;
  return {
    code,
    message,
    stacktrace,
    docCode,
    ...(index >= 0 ? { relatedCommandIndex: index } : {}),
    ...(name !== undefined ? { relatedCommandName: name } : {}),
    ...(type >= 0 ? { relatedCommandType: type } : {}),
  };
}
