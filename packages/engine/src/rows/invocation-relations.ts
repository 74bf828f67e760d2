/** Whom a stored invocation header names: its caller, the root of its tree, and who gets its result. */
import type { InvocationKey } from "@rejoin/protocol";
import type { Caller, Invocation, ResultSink } from "../model/invocation.ts";
import { StoreError } from "../ports/store.ts";
import type { ByteReader, ByteWriter } from "./bytes.ts";

const Root = { itself: 0, caller: 1, other: 2 } as const;
const Sink = { call: 0, attach: 1, caller: 2 } as const;
const NO_SINKS: readonly ResultSink[] = [];

export function writeCaller(writer: ByteWriter, caller: Caller): void {
  if (caller.kind !== "invocation") return;
  writer.binary(caller.key);
  writer.varint(caller.bornIn);
  writer.varint(caller.completionId);
}

export function readCaller(reader: ByteReader, isInvocation: boolean): Caller {
  if (!isInvocation) return { kind: "ingress" };
  const key = reader.binary(24) as InvocationKey;
  const bornIn = reader.varint();
  return { kind: "invocation", key, bornIn, completionId: reader.varint() };
}

export function writeRoot(writer: ByteWriter, { root, key, caller }: Invocation): void {
  if (root === key) writer.u8(Root.itself);
  else if (caller.kind === "invocation" && root === caller.key) writer.u8(Root.caller);
  else {
    writer.u8(Root.other);
    writer.binary(root);
  }
}

export function readRoot(reader: ByteReader, key: InvocationKey, caller: Caller): InvocationKey {
  const kind = reader.u8();
  if (kind === Root.itself) return key;
  if (kind === Root.caller && caller.kind === "invocation") return caller.key;
  if (kind === Root.other) return reader.binary(24) as InvocationKey;
  throw new StoreError("DATA_CORRUPTION", `an invocation has the unknown root ${kind}`);
}

export function writeSinks(writer: ByteWriter, sinks: readonly ResultSink[], caller: Caller): void {
  writer.varint(sinks.length);
  for (const sink of sinks) writeSink(writer, sink, caller);
}

function writeSink(writer: ByteWriter, sink: ResultSink, caller: Caller): void {
  if (isCallOf(sink, caller)) {
    writer.u8(Sink.caller);
    return;
  }
  writer.u8(sink.for === "call" ? Sink.call : Sink.attach);
  writer.binary(sink.key);
  writer.varint(sink.bornIn);
  writer.varint(sink.completionId);
}

function isCallOf(sink: ResultSink, caller: Caller): boolean {
  return (
    caller.kind === "invocation" &&
    sink.for === "call" &&
    sink.key === caller.key &&
    sink.completionId === caller.completionId &&
    sink.bornIn === caller.bornIn
  );
}

export function readSinks(reader: ByteReader, caller: Caller): readonly ResultSink[] {
  const count = reader.varint();
  if (count === 0) return NO_SINKS;
  const sinks: ResultSink[] = [];
  for (let i = 0; i < count; i++) sinks.push(readSink(reader, caller));
  return sinks;
}

function readSink(reader: ByteReader, caller: Caller): ResultSink {
  const kind = reader.u8();
  if (kind === Sink.caller && caller.kind === "invocation") {
    const { key, bornIn, completionId } = caller;
    return { key, bornIn, completionId, for: "call" };
  }
  if (kind !== Sink.call && kind !== Sink.attach) {
    throw new StoreError("DATA_CORRUPTION", `an invocation has the unknown sink ${kind}`);
  }
  const key = reader.binary(24) as InvocationKey;
  const bornIn = reader.varint();
  const completionId = reader.varint();
  return { key, bornIn, completionId, for: kind === Sink.call ? "call" : "attach" };
}
