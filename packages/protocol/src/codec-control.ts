/**
 * Control messages in bytes.
 *
 * | message | fields |
 * |---|---|
 * | Start | 1 id, 2 debug id, 3 known entries, 4 state entries, 5 partial state, 6 key, 7 retry count, 8 duration ms, 9 random seed; version 7: 10 scope, 11 limit key, 12 idempotency key |
 * | Suspension | versions 5, 6: 1 completions, 2 signals, 3 named signals; version 7: 4 tree |
 * | Error | 1 code, 2 message, 3 stack trace, 4 command index, 5 command name, 6 command type, 8 next retry delay ms, 9 behavior |
 * | End | none |
 * | CommandAck | 1 command index |
 * | ProposeRunCompletion | 1 completion id, 14 value (bytes, not a Value) or 15 failure |
 * | AwaitingOn | 1 tree, 2 executing side effects |
 * | ProposeRunCompletionAck | 1 completion id |
 *
 * Field 9 of Error is written and read in every version: servers honour it in all of them.
 */
import { createFlatFuture, decodeFuture, encodeFuture, encodeLeaves } from "./codec-future.ts";
import {
  decodeFailure,
  decodeStateEntry,
  encodeFailure,
  encodeStateEntries,
  type Mutable,
  orEmpty,
} from "./codec-values.ts";
import type {
  AwaitingOnMessage,
  CommandAckMessage,
  EndMessage,
  ErrorBehavior,
  ErrorMessage,
  Future,
  Outcome,
  ProposeRunCompletionAckMessage,
  ProposeRunCompletionMessage,
  ProtocolVersion,
  StartMessage,
  StateEntry,
  SuspensionMessage,
} from "./messages.ts";
import { EMPTY_BYTES, type Reader } from "./wire-reader.ts";
import type { Writer } from "./wire-writer.ts";

export function encodeStart(w: Writer, m: StartMessage, v: ProtocolVersion): void {
  if (v >= 7) {
    w.optionalString(0x62, m.idempotencyKey);
    w.optionalString(0x5a, m.limitKey);
    w.optionalString(0x52, m.scope);
  }
  const { high, low } = m.randomSeed;
  if (high !== 0 || low !== 0) w.splitU64(0x48, high, low);
  w.u64(0x40, m.durationSinceLastStoredEntryMs);
  w.u32(0x38, m.retryCountSinceLastStoredEntry);
  w.string(0x32, m.key);
  w.bool(0x28, m.partialState);
  encodeStateEntries(w, 0x22, m.stateMap);
  w.u32(0x18, m.knownEntries);
  w.string(0x12, m.debugId);
  w.bytes(0x0a, m.id);
}

export function decodeStart(r: Reader, v: ProtocolVersion): StartMessage {
  const message: Mutable<StartMessage> = {
    kind: "start",
    id: EMPTY_BYTES,
    debugId: "",
    knownEntries: 0,
    stateMap: [],
    partialState: false,
    key: "",
    retryCountSinceLastStoredEntry: 0,
    durationSinceLastStoredEntryMs: 0,
    randomSeed: { high: 0, low: 0 },
  };
  let stateMap: StateEntry[] | undefined;
  while (r.more) {
    switch (r.tag()) {
      case 0x0a:
        message.id = r.bytes();
        break;
      case 0x12:
        message.debugId = r.string();
        break;
      case 0x18:
        message.knownEntries = r.u32();
        break;
      case 0x22:
        stateMap ??= [];
        stateMap.push(decodeStateEntry(r));
        break;
      case 0x28:
        message.partialState = r.bool();
        break;
      case 0x32:
        message.key = r.string();
        break;
      case 0x38:
        message.retryCountSinceLastStoredEntry = r.u32();
        break;
      case 0x40:
        message.durationSinceLastStoredEntryMs = r.u64();
        break;
      case 0x48:
        message.randomSeed = r.splitU64();
        break;
      case 0x52:
        if (v < 7) r.skip();
        else message.scope = r.string();
        break;
      case 0x5a:
        if (v < 7) r.skip();
        else message.limitKey = r.string();
        break;
      case 0x62:
        if (v < 7) r.skip();
        else message.idempotencyKey = r.string();
        break;
      default:
        r.skip();
    }
  }
  message.stateMap = orEmpty(stateMap);
  return message;
}

export function encodeSuspension(w: Writer, m: SuspensionMessage, v: ProtocolVersion): void {
  if (v >= 7) encodeFuture(w, 0x22, m.awaitingOn);
  else encodeLeaves(w, m.awaitingOn);
}

export function decodeSuspension(r: Reader, v: ProtocolVersion): SuspensionMessage {
  return { kind: "suspension", awaitingOn: v >= 7 ? readTree(r) : readLeaves(r) };
}

function readTree(r: Reader): Future {
  let tree: Future | undefined;
  while (r.more) {
    if (r.tag() === 0x22) tree = decodeFuture(r);
    else r.skip();
  }
  if (tree === undefined) throw r.missing("awaiting_on");
  return tree;
}

function readLeaves(r: Reader): Future {
  let completions: number[] | undefined;
  let signals: number[] | undefined;
  let namedSignals: string[] | undefined;
  while (r.more) {
    switch (r.tag()) {
      case 0x08:
      case 0x0a:
        completions = r.repeatedU32(completions);
        break;
      case 0x10:
      case 0x12:
        signals = r.repeatedU32(signals);
        break;
      case 0x1a:
        r.element();
        namedSignals ??= [];
        namedSignals.push(r.string());
        break;
      default:
        r.skip();
    }
  }
  return createFlatFuture(completions, signals, namedSignals);
}

export function encodeError(w: Writer, m: ErrorMessage): void {
  w.u32(0x48, m.behavior);
  if (m.nextRetryDelayMs !== undefined) w.presentU64(0x40, m.nextRetryDelayMs);
  if (m.relatedCommandType !== undefined) w.presentU32(0x30, m.relatedCommandType);
  w.optionalString(0x2a, m.relatedCommandName);
  if (m.relatedCommandIndex !== undefined) w.presentU32(0x20, m.relatedCommandIndex);
  w.string(0x1a, m.stacktrace);
  w.string(0x12, m.message);
  w.u32(0x08, m.code);
}

export function decodeError(r: Reader): ErrorMessage {
  const message: Mutable<ErrorMessage> = {
    kind: "error",
    code: 0,
    message: "",
    stacktrace: "",
    behavior: 0,
  };
  while (r.more) {
    switch (r.tag()) {
      case 0x08:
        message.code = r.u32();
        break;
      case 0x12:
        message.message = r.string();
        break;
      case 0x1a:
        message.stacktrace = r.string();
        break;
      case 0x20:
        message.relatedCommandIndex = r.u32();
        break;
      case 0x2a:
        message.relatedCommandName = r.string();
        break;
      case 0x30:
        message.relatedCommandType = r.u32();
        break;
      case 0x40:
        message.nextRetryDelayMs = r.u64();
        break;
      case 0x48:
        message.behavior = r.enumeration(2) as ErrorBehavior;
        break;
      default:
        r.skip();
    }
  }
  return message;
}

export function encodeEnd(): void {}

export function decodeEnd(r: Reader): EndMessage {
  while (r.more) {
    r.tag();
    r.skip();
  }
  return { kind: "end" };
}

export function encodeCommandAck(w: Writer, m: CommandAckMessage): void {
  w.u32(0x08, m.commandIndex);
}

export function decodeCommandAck(r: Reader): CommandAckMessage {
  return { kind: "commandAck", commandIndex: readOnlyNumber(r) };
}

export function encodeProposal(
  w: Writer,
  m: ProposeRunCompletionMessage,
  v: ProtocolVersion,
): void {
  if (m.result.kind === "value") w.presentBytes(0x72, m.result.value);
  else encodeFailure(w, 0x7a, m.result.failure, v);
  w.u32(0x08, m.completionId);
}

export function decodeProposal(r: Reader): ProposeRunCompletionMessage {
  let completionId = 0;
  let result: Outcome | undefined;
  while (r.more) {
    switch (r.tag()) {
      case 0x08:
        completionId = r.u32();
        break;
      case 0x72:
        result = { kind: "value", value: r.bytes() };
        break;
      case 0x7a:
        result = { kind: "failure", failure: decodeFailure(r) };
        break;
      default:
        r.skip();
    }
  }
  if (result === undefined) throw r.missing("result");
  return { kind: "proposeRunCompletion", completionId, result };
}

export function encodeAwaitingOn(w: Writer, m: AwaitingOnMessage): void {
  w.bool(0x10, m.executingSideEffects);
  encodeFuture(w, 0x0a, m.awaitingOn);
}

export function decodeAwaitingOn(r: Reader): AwaitingOnMessage {
  let awaitingOn: Future | undefined;
  let executingSideEffects = false;
  while (r.more) {
    const tag = r.tag();
    if (tag === 0x0a) awaitingOn = decodeFuture(r);
    else if (tag === 0x10) executingSideEffects = r.bool();
    else r.skip();
  }
  if (awaitingOn === undefined) throw r.missing("awaiting_on");
  return { kind: "awaitingOn", awaitingOn, executingSideEffects };
}

export function encodeProposalAck(w: Writer, m: ProposeRunCompletionAckMessage): void {
  w.u32(0x08, m.completionId);
}

export function decodeProposalAck(r: Reader): ProposeRunCompletionAckMessage {
  return { kind: "proposeRunCompletionAck", completionId: readOnlyNumber(r) };
}

/** The value of field 1, a number, in a message that has no other. */
function readOnlyNumber(r: Reader): number {
  let value = 0;
  while (r.more) {
    if (r.tag() === 0x08) value = r.u32();
    else r.skip();
  }
  return value;
}
