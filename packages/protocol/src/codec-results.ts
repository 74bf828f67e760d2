/**
 * Results inside messages: oneofs of Void, Value, Failure, whose field numbers differ by message.
 */
import {
  decodeFailure,
  decodeValue,
  decodeVoid,
  encodeFailure,
  encodeValue,
  encodeVoid,
} from "./codec-values.ts";
import type {
  FailureResult,
  Outcome,
  ProtocolVersion,
  ValueResult,
  VoidResult,
} from "./messages.ts";
import type { Reader } from "./wire-reader.ts";
import type { Writer } from "./wire-writer.ts";

/** The tags of a Value and a Failure in some message. */
export interface OutcomeTags {
  readonly value: number;
  readonly failure: number;
}

export type VoidOrOutcome = VoidResult | ValueResult | FailureResult;

const VOID_RESULT: VoidResult = Object.freeze({ kind: "void" });

export function encodeOutcome(
  w: Writer,
  tags: OutcomeTags,
  result: Outcome,
  v: ProtocolVersion,
): void {
  if (result.kind === "value") encodeValue(w, tags.value, result.value);
  else encodeFailure(w, tags.failure, result.failure, v);
}

/** Writes what notifications and signals carry: 4 Void, 5 Value or 6 Failure. */
export function encodeVoidOrOutcome(w: Writer, result: VoidOrOutcome, v: ProtocolVersion): void {
  if (result.kind === "value") encodeValue(w, 0x2a, result.value);
  else if (result.kind === "failure") encodeFailure(w, 0x32, result.failure, v);
  else encodeVoid(w, 0x22);
}

export function decodeVoidResult(r: Reader): VoidResult {
  decodeVoid(r);
  return VOID_RESULT;
}

export function decodeValueResult(r: Reader): ValueResult {
  return { kind: "value", value: decodeValue(r) };
}

export function decodeFailureResult(r: Reader): FailureResult {
  return { kind: "failure", failure: decodeFailure(r) };
}
