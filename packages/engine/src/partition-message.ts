/**
 * What invocations say to each other.
 *
 * Every interaction is a message, also within a partition, where it is applied in the same step
 * and never stored. To another partition it travels through its mailbox, in this form:
 * kind (1), receiver (24), then the fields of the kind in the order below.
 */
import type { Header, InvocationKey, Outcome, SignalNotification } from "@rejoin/protocol";
import type { HandlerKind, Target } from "./model/invocation.ts";
import { StoreError } from "./ports/store.ts";
import { ByteReader, ByteWriter } from "./rows/bytes.ts";
import { readOutcome, writeOutcome } from "./rows/outcomes.ts";

/** A new invocation. */
export interface InvokeMessage {
  readonly kind: "invoke";
  readonly to: InvocationKey;
  /** Its id was made for this message: it cannot exist yet. */
  readonly fresh: boolean;
  readonly target: Target;
  readonly idempotencyKey: string | undefined;
  readonly limitKey: string;
  readonly headers: readonly Header[];
  readonly input: Uint8Array;
  /** When it is due, 0 for at once. */
  readonly scheduledFor: number;
  readonly caller: InvocationKey;
  /** The batch that bore the caller. */
  readonly callerBornIn: number;
  /** Of the caller's Call command, 0 for a one-way call. */
  readonly completionId: number;
  readonly root: InvocationKey;
}

/** The command that a result completes. */
export type ResultFor = "call" | "attach" | "output" | "promise";

/** The result that an invocation waits for. */
export interface ResultMessage {
  readonly kind: "result";
  readonly for: ResultFor;
  readonly to: InvocationKey;
  /** The batch that bore the caller: a later life of its id is not meant. */
  readonly bornIn: number;
  readonly completionId: number;
  /** `undefined`: there is no result yet, which only who asks for an output is told. */
  readonly outcome: Outcome | undefined;
}

/** A signal for an invocation. */
export interface SignalMessage {
  readonly kind: "signal";
  readonly to: InvocationKey;
  readonly signal: SignalNotification;
}

/** The end of an invocation, because the one that made it was killed. */
export interface KillMessage {
  readonly kind: "kill";
  readonly to: InvocationKey;
}

/** Asks for the result of an invocation. */
export interface AttachMessage {
  readonly kind: "attach";
  readonly to: InvocationKey;
  /** `output` is answered at once, `attach` when there is a result. */
  readonly mode: "attach" | "output";
  readonly caller: InvocationKey;
  readonly callerBornIn: number;
  readonly completionId: number;
}

/** Asks for a slot of a concurrency limit, for an invocation of another partition. */
export interface AcquireMessage {
  readonly kind: "acquire";
  /** Not an invocation: only the partition that it is in matters. */
  readonly to: InvocationKey;
  readonly limiter: string;
  readonly key: InvocationKey;
  readonly start: number;
}

/** The slot is the invocation's. */
export interface GrantMessage {
  readonly kind: "grant";
  readonly to: InvocationKey;
  readonly limiter: string;
  readonly start: number;
}

/** A slot comes back. */
export interface ReleaseMessage {
  readonly kind: "release";
  /** As of an {@link AcquireMessage}. */
  readonly to: InvocationKey;
  readonly limiter: string;
}

export type PartitionMessage =
  | InvokeMessage
  | ResultMessage
  | SignalMessage
  | KillMessage
  | AttachMessage
  | AcquireMessage
  | GrantMessage
  | ReleaseMessage;

const Kind = {
  invoke: 1,
  result: 2,
  signal: 3,
  kill: 4,
  attach: 5,
  acquire: 6,
  grant: 7,
  release: 8,
} as const;
const RESULT_FORS: readonly ResultFor[] = ["call", "attach", "output", "promise"];
const HANDLER_KINDS: readonly HandlerKind[] = ["service", "exclusive", "shared", "workflow"];
const writer = new ByteWriter();

export function encodePartitionMessage(message: PartitionMessage): Uint8Array {
  writer.begin();
  writer.u8(Kind[message.kind]);
  writer.binary(message.to);
  switch (message.kind) {
    case "invoke":
      writeInvoke(message);
      break;
    case "result":
      writeResult(message);
      break;
    case "signal":
      writeSignal(message.signal);
      break;
    case "attach":
      writeAttach(message);
      break;
    case "acquire":
      writer.string(message.limiter);
      writer.binary(message.key);
      writer.varint(message.start);
      break;
    case "grant":
      writer.string(message.limiter);
      writer.varint(message.start);
      break;
    case "release":
      writer.string(message.limiter);
      break;
    default:
  }
  return writer.take();
}

function writeInvoke(message: InvokeMessage): void {
  writer.u8(message.fresh ? 1 : 0);
  writer.string(message.target.service);
  writer.string(message.target.handler);
  writer.string(message.target.key);
  writer.u8(HANDLER_KINDS.indexOf(message.target.handlerKind));
  writer.string(message.target.scope ?? "");
  writer.optionalString(message.idempotencyKey);
  writer.string(message.limitKey);
  writer.varint(message.headers.length);
  for (const header of message.headers) {
    writer.string(header.key);
    writer.string(header.value);
  }
  writer.blob(message.input);
  writer.u64(message.scheduledFor);
  writer.binary(message.caller);
  writer.varint(message.callerBornIn);
  writer.varint(message.completionId);
  writer.binary(message.root);
}

function writeResult(message: ResultMessage): void {
  writer.u8(RESULT_FORS.indexOf(message.for));
  writer.varint(message.bornIn);
  writer.varint(message.completionId);
  writer.u8(message.outcome === undefined ? 0 : 1);
  if (message.outcome !== undefined) writeOutcome(writer, message.outcome);
}

function writeSignal(signal: SignalNotification): void {
  writer.u8(signal.signalName === undefined ? 0 : 1);
  if (signal.signalName === undefined) writer.varint(signal.signalIndex ?? 0);
  else writer.string(signal.signalName);
  writer.u8(signal.result.kind === "void" ? 0 : 1);
  if (signal.result.kind !== "void") writeOutcome(writer, signal.result);
}

function writeAttach(message: AttachMessage): void {
  writer.u8(message.mode === "attach" ? 0 : 1);
  writer.binary(message.caller);
  writer.varint(message.callerBornIn);
  writer.varint(message.completionId);
}

export function decodePartitionMessage(bytes: Uint8Array): PartitionMessage {
  const reader = new ByteReader(bytes, "message");
  const kind = reader.u8();
  const to = reader.binary(24) as InvocationKey;
  switch (kind) {
    case Kind.invoke:
      return readInvoke(reader, to);
    case Kind.result:
      return readResult(reader, to);
    case Kind.signal:
      return { kind: "signal", to, signal: readSignal(reader) };
    case Kind.kill:
      return { kind: "kill", to };
    case Kind.attach:
      return readAttach(reader, to);
    case Kind.acquire: {
      const limiter = reader.string();
      return { kind: "acquire", to, limiter, key: reader.binary(24), start: reader.varint() };
    }
    case Kind.grant:
      return { kind: "grant", to, limiter: reader.string(), start: reader.varint() };
    case Kind.release:
      return { kind: "release", to, limiter: reader.string() };
    default:
      throw new StoreError("DATA_CORRUPTION", `a stored message has the unknown kind ${kind}`);
  }
}

function readInvoke(reader: ByteReader, to: InvocationKey): InvokeMessage {
  const fresh = reader.u8() === 1;
  const service = reader.string();
  const handler = reader.string();
  const key = reader.string();
  const handlerKind = HANDLER_KINDS[reader.u8()];
  if (handlerKind === undefined) {
    throw new StoreError("DATA_CORRUPTION", "a stored message names an unknown kind of handler");
  }
  const scope = reader.string();
  const idempotencyKey = reader.optionalString();
  const limitKey = reader.string();
  const headers: Header[] = [];
  for (let n = reader.varint(); n > 0; n--) {
    headers.push({ key: reader.string(), value: reader.string() });
  }
  return {
    kind: "invoke",
    to,
    fresh,
    target: { service, handler, key, handlerKind, scope },
    idempotencyKey,
    limitKey,
    headers,
    input: reader.blob(),
    scheduledFor: reader.u64(),
    caller: reader.binary(24) as InvocationKey,
    callerBornIn: reader.varint(),
    completionId: reader.varint(),
    root: reader.binary(24) as InvocationKey,
  };
}

function readResult(reader: ByteReader, to: InvocationKey): ResultMessage {
  const code = reader.u8();
  const what = RESULT_FORS[code];
  if (what === undefined) {
    throw new StoreError("DATA_CORRUPTION", `a stored result is of the unknown kind ${code}`);
  }
  const bornIn = reader.varint();
  const completionId = reader.varint();
  const outcome = reader.u8() === 0 ? undefined : readOutcome(reader);
  return { kind: "result", for: what, to, bornIn, completionId, outcome };
}

function readSignal(reader: ByteReader): SignalNotification {
  const isNamed = reader.u8() !== 0;
  const id = isNamed ? { signalName: reader.string() } : { signalIndex: reader.varint() };
  const result = reader.u8() === 0 ? ({ kind: "void" } as const) : readOutcome(reader);
  return { kind: "signal", ...id, result };
}

function readAttach(reader: ByteReader, to: InvocationKey): AttachMessage {
  const mode = reader.u8() === 0 ? "attach" : "output";
  const caller = reader.binary(24) as InvocationKey;
  const callerBornIn = reader.varint();
  return { kind: "attach", to, mode, caller, callerBornIn, completionId: reader.varint() };
}
