/**
 * Notifications and signals in bytes.
 *
 * | message | fields |
 * |---|---|
 * | completions | 1 completion id; 4 Void, 5 Value, 6 Failure, 16 invocation id (text) or 17 StateKeys |
 * | Signal | 2 index or 3 name; 4 Void, 5 Value or 6 Failure |
 * | SendSignal | 1 target invocation id; the fields of Signal; 12 entry name |
 *
 * Which results a completion may carry depends on its kind; the schema says which.
 */
import {
  decodeFailureResult,
  decodeValueResult,
  decodeVoidResult,
  encodeVoidOrOutcome,
  type VoidOrOutcome,
} from "./codec-results.ts";
import { decodeStateKeys, encodeStateKeys, type Mutable } from "./codec-values.ts";
import { isCompletionKind, MESSAGE_KINDS } from "./message-kinds.ts";
import type {
  CompletionKind,
  CompletionNotification,
  NotificationResult,
  ProtocolVersion,
  SendSignalCommand,
  SignalNotification,
} from "./messages.ts";
import { ProtocolError } from "./protocol-error.ts";
import { MESSAGE_SCHEMAS } from "./schema.ts";
import type { Reader } from "./wire-reader.ts";
import type { Writer } from "./wire-writer.ts";

const RESULT_FIELDS: Readonly<Record<NotificationResult["kind"], number>> = {
  void: 4,
  value: 5,
  failure: 6,
  invocationId: 16,
  stateKeys: 17,
};

/** For each kind of completion, one bit for each result field that it may carry. */
const resultBits = Object.fromEntries(
  MESSAGE_KINDS.filter(isCompletionKind).map((kind) => {
    const results = MESSAGE_SCHEMAS[kind].fields.filter((field) => field.number !== 1);
    return [kind, results.reduce((bits, field) => bits | (1 << field.number), 0)];
  }),
) as Readonly<Record<CompletionKind, number>>;

export function encodeCompletion(w: Writer, m: CompletionNotification, v: ProtocolVersion): void {
  const { kind, result } = m;
  if ((resultBits[kind] & (1 << RESULT_FIELDS[result.kind])) === 0) {
    throw new ProtocolError("INVALID_RESULT", `a ${kind} cannot carry a result "${result.kind}"`);
  }
  if (result.kind === "invocationId") w.presentString(0x82, result.invocationId);
  else if (result.kind === "stateKeys") encodeStateKeys(w, 0x8a, result.keys);
  else encodeVoidOrOutcome(w, result, v);
  w.u32(0x08, m.completionId);
}

export function decodeCompletion(r: Reader, kind: CompletionKind): CompletionNotification {
  const allowed = resultBits[kind];
  let completionId = 0;
  let result: NotificationResult | undefined;
  while (r.more) {
    const tag = r.tag();
    if (tag === 0x08) completionId = r.u32();
    else if (tag > 0xff || (allowed & (1 << (tag >>> 3))) === 0) r.skip();
    else if (tag === 0x2a) result = decodeValueResult(r);
    else if (tag === 0x22) result = decodeVoidResult(r);
    else if (tag === 0x32) result = decodeFailureResult(r);
    else if (tag === 0x82) result = { kind: "invocationId", invocationId: r.string() };
    else if (tag === 0x8a) result = { kind: "stateKeys", keys: decodeStateKeys(r) };
    else r.skip();
  }
  if (result === undefined) throw r.missing("result");
  return { kind, completionId, result };
}

export function encodeSignal(w: Writer, m: SignalNotification, v: ProtocolVersion): void {
  encodeVoidOrOutcome(w, m.result, v);
  encodeSignalId(w, m);
}

export function decodeSignal(r: Reader): SignalNotification {
  const fields = readSignal(r, false);
  const signal: Mutable<SignalNotification> = { kind: "signal", result: fields.result };
  if (fields.signalIndex !== undefined) signal.signalIndex = fields.signalIndex;
  if (fields.signalName !== undefined) signal.signalName = fields.signalName;
  return signal;
}

export function encodeSendSignal(w: Writer, m: SendSignalCommand, v: ProtocolVersion): void {
  w.string(0x62, m.name);
  encodeVoidOrOutcome(w, m.result, v);
  encodeSignalId(w, m);
  w.string(0x0a, m.targetInvocationId);
}

export function decodeSendSignal(r: Reader): SendSignalCommand {
  const { name, targetInvocationId, result, signalIndex, signalName } = readSignal(r, true);
  const command: Mutable<SendSignalCommand> = {
    kind: "sendSignal",
    name,
    targetInvocationId,
    result,
  };
  if (signalIndex !== undefined) command.signalIndex = signalIndex;
  if (signalName !== undefined) command.signalName = signalName;
  return command;
}

function encodeSignalId(w: Writer, m: SignalNotification | SendSignalCommand): void {
  if (m.signalIndex !== undefined) w.presentU32(0x10, m.signalIndex);
  else if (m.signalName !== undefined) w.presentString(0x1a, m.signalName);
  else throw new ProtocolError("MISSING_FIELD", `a ${m.kind} needs a signal index or name`);
}

interface SignalFields {
  readonly name: string;
  readonly targetInvocationId: string;
  readonly result: VoidOrOutcome;
  readonly signalIndex: number | undefined;
  readonly signalName: string | undefined;
}

/** Reads both messages; only the command has fields 1 and 12. */
function readSignal(r: Reader, isCommand: boolean): SignalFields {
  let name = "";
  let targetInvocationId = "";
  let result: VoidOrOutcome | undefined;
  let signalIndex: number | undefined;
  let signalName: string | undefined;
  while (r.more) {
    switch (r.tag()) {
      case 0x0a:
        if (isCommand) targetInvocationId = r.string();
        else r.skip();
        break;
      case 0x10:
        signalIndex = r.u32();
        signalName = undefined;
        break;
      case 0x1a:
        signalName = r.string();
        signalIndex = undefined;
        break;
      case 0x22:
        result = decodeVoidResult(r);
        break;
      case 0x2a:
        result = decodeValueResult(r);
        break;
      case 0x32:
        result = decodeFailureResult(r);
        break;
      case 0x62:
        if (isCommand) name = r.string();
        else r.skip();
        break;
      default:
        r.skip();
    }
  }
  if (signalIndex === undefined && signalName === undefined) throw r.missing("signal_id");
  if (result === undefined) throw r.missing("result");
  return { name, targetInvocationId, result, signalIndex, signalName };
}
