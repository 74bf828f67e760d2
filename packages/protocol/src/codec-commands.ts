/**
 * Commands in bytes, except calls, attachments and signals, which have files of their own.
 * Field 12 is the entry's name and field 11 the result's completion id in all of them.
 *
 * | command | fields |
 * |---|---|
 * | Input | 1 headers, 14 Value |
 * | Output | 14 Value or 15 Failure |
 * | GetLazyState | 1 key (bytes), 11 |
 * | SetState | 1 key (bytes), 3 Value |
 * | ClearState | 1 key (bytes) |
 * | ClearAllState | |
 * | GetLazyStateKeys | 11 |
 * | GetEagerState | 1 key (bytes), 13 Void or 14 Value |
 * | GetEagerStateKeys | 14 StateKeys |
 * | GetPromise, PeekPromise | 1 key (text), 11 |
 * | CompletePromise | 1 key (text), 2 Value or 3 Failure, 11 |
 * | Sleep | 1 wake-up time ms, 11 |
 * | Run | 11 |
 * | CompleteAwakeable | 1 awakeable id, 2 Value or 3 Failure |
 *
 * An absent Value or StateKeys outside a oneof reads as empty.
 */
import {
  decodeFailureResult,
  decodeValueResult,
  decodeVoidResult,
  encodeOutcome,
} from "./codec-results.ts";
import {
  decodeHeader,
  decodeStateKeys,
  decodeValue,
  encodePairs,
  encodeStateKeys,
  encodeValue,
  encodeVoid,
  orEmpty,
} from "./codec-values.ts";
import type {
  ClearAllStateCommand,
  ClearStateCommand,
  CompleteAwakeableCommand,
  CompletePromiseCommand,
  GetEagerStateCommand,
  GetEagerStateKeysCommand,
  GetLazyStateCommand,
  GetLazyStateKeysCommand,
  GetPromiseCommand,
  Header,
  InputCommand,
  Outcome,
  OutputCommand,
  PeekPromiseCommand,
  ProtocolVersion,
  RunCommand,
  SetStateCommand,
  SleepCommand,
} from "./messages.ts";
import { EMPTY_BYTES, type Reader } from "./wire-reader.ts";
import type { Writer } from "./wire-writer.ts";

const OUTPUT_TAGS = { value: 0x72, failure: 0x7a };
const COMPLETION_TAGS = { value: 0x12, failure: 0x1a };

export function encodeInput(w: Writer, m: InputCommand): void {
  encodeValue(w, 0x72, m.value);
  w.string(0x62, m.name);
  encodePairs(w, 0x0a, m.headers);
}

export function decodeInput(r: Reader): InputCommand {
  let headers: Header[] | undefined;
  let value = EMPTY_BYTES;
  let name = "";
  while (r.more) {
    switch (r.tag()) {
      case 0x0a:
        headers ??= [];
        headers.push(decodeHeader(r));
        break;
      case 0x72:
        value = decodeValue(r);
        break;
      case 0x62:
        name = r.string();
        break;
      default:
        r.skip();
    }
  }
  return { kind: "input", name, headers: orEmpty(headers), value };
}

export function encodeOutput(w: Writer, m: OutputCommand, v: ProtocolVersion): void {
  encodeOutcome(w, OUTPUT_TAGS, m.result, v);
  w.string(0x62, m.name);
}

export function decodeOutput(r: Reader): OutputCommand {
  let result: Outcome | undefined;
  let name = "";
  while (r.more) {
    switch (r.tag()) {
      case 0x72:
        result = decodeValueResult(r);
        break;
      case 0x7a:
        result = decodeFailureResult(r);
        break;
      case 0x62:
        name = r.string();
        break;
      default:
        r.skip();
    }
  }
  if (result === undefined) throw r.missing("result");
  return { kind: "output", name, result };
}

export function encodeGetLazyState(w: Writer, m: GetLazyStateCommand): void {
  w.string(0x62, m.name);
  w.u32(0x58, m.resultCompletionId);
  w.bytes(0x0a, m.key);
}

export function decodeGetLazyState(r: Reader): GetLazyStateCommand {
  let key = EMPTY_BYTES;
  let resultCompletionId = 0;
  let name = "";
  while (r.more) {
    const tag = r.tag();
    if (tag === 0x0a) key = r.bytes();
    else if (tag === 0x58) resultCompletionId = r.u32();
    else if (tag === 0x62) name = r.string();
    else r.skip();
  }
  return { kind: "getLazyState", name, key, resultCompletionId };
}

export function encodeSetState(w: Writer, m: SetStateCommand): void {
  w.string(0x62, m.name);
  encodeValue(w, 0x1a, m.value);
  w.bytes(0x0a, m.key);
}

export function decodeSetState(r: Reader): SetStateCommand {
  let key = EMPTY_BYTES;
  let value = EMPTY_BYTES;
  let name = "";
  while (r.more) {
    const tag = r.tag();
    if (tag === 0x0a) key = r.bytes();
    else if (tag === 0x1a) value = decodeValue(r);
    else if (tag === 0x62) name = r.string();
    else r.skip();
  }
  return { kind: "setState", name, key, value };
}

export function encodeClearState(w: Writer, m: ClearStateCommand): void {
  w.string(0x62, m.name);
  w.bytes(0x0a, m.key);
}

export function decodeClearState(r: Reader): ClearStateCommand {
  let key = EMPTY_BYTES;
  let name = "";
  while (r.more) {
    const tag = r.tag();
    if (tag === 0x0a) key = r.bytes();
    else if (tag === 0x62) name = r.string();
    else r.skip();
  }
  return { kind: "clearState", name, key };
}

export function encodeClearAllState(w: Writer, m: ClearAllStateCommand): void {
  w.string(0x62, m.name);
}

export function decodeClearAllState(r: Reader): ClearAllStateCommand {
  let name = "";
  while (r.more) {
    if (r.tag() === 0x62) name = r.string();
    else r.skip();
  }
  return { kind: "clearAllState", name };
}

/** GetLazyStateKeys and Run: a name and a completion id. */
export function encodeNamed(w: Writer, m: GetLazyStateKeysCommand | RunCommand): void {
  w.string(0x62, m.name);
  w.u32(0x58, m.resultCompletionId);
}

export function decodeGetLazyStateKeys(r: Reader): GetLazyStateKeysCommand {
  const { name, resultCompletionId } = readNamed(r);
  return { kind: "getLazyStateKeys", name, resultCompletionId };
}

export function decodeRun(r: Reader): RunCommand {
  const { name, resultCompletionId } = readNamed(r);
  return { kind: "run", name, resultCompletionId };
}

function readNamed(r: Reader): { name: string; resultCompletionId: number } {
  let name = "";
  let resultCompletionId = 0;
  while (r.more) {
    const tag = r.tag();
    if (tag === 0x58) resultCompletionId = r.u32();
    else if (tag === 0x62) name = r.string();
    else r.skip();
  }
  return { name, resultCompletionId };
}

export function encodeGetEagerState(w: Writer, m: GetEagerStateCommand): void {
  if (m.result.kind === "value") encodeValue(w, 0x72, m.result.value);
  else encodeVoid(w, 0x6a);
  w.string(0x62, m.name);
  w.bytes(0x0a, m.key);
}

export function decodeGetEagerState(r: Reader): GetEagerStateCommand {
  let key = EMPTY_BYTES;
  let result: GetEagerStateCommand["result"] | undefined;
  let name = "";
  while (r.more) {
    switch (r.tag()) {
      case 0x0a:
        key = r.bytes();
        break;
      case 0x6a:
        result = decodeVoidResult(r);
        break;
      case 0x72:
        result = decodeValueResult(r);
        break;
      case 0x62:
        name = r.string();
        break;
      default:
        r.skip();
    }
  }
  if (result === undefined) throw r.missing("result");
  return { kind: "getEagerState", name, key, result };
}

export function encodeGetEagerStateKeys(w: Writer, m: GetEagerStateKeysCommand): void {
  encodeStateKeys(w, 0x72, m.keys);
  w.string(0x62, m.name);
}

export function decodeGetEagerStateKeys(r: Reader): GetEagerStateKeysCommand {
  let keys: readonly Uint8Array[] = [];
  let name = "";
  while (r.more) {
    const tag = r.tag();
    if (tag === 0x72) keys = decodeStateKeys(r);
    else if (tag === 0x62) name = r.string();
    else r.skip();
  }
  return { kind: "getEagerStateKeys", name, keys };
}

/** GetPromise and PeekPromise. */
export function encodePromiseRead(w: Writer, m: GetPromiseCommand | PeekPromiseCommand): void {
  w.string(0x62, m.name);
  w.u32(0x58, m.resultCompletionId);
  w.string(0x0a, m.key);
}

export function decodeGetPromise(r: Reader): GetPromiseCommand {
  const { name, key, resultCompletionId } = readPromiseRead(r);
  return { kind: "getPromise", name, key, resultCompletionId };
}

export function decodePeekPromise(r: Reader): PeekPromiseCommand {
  const { name, key, resultCompletionId } = readPromiseRead(r);
  return { kind: "peekPromise", name, key, resultCompletionId };
}

function readPromiseRead(r: Reader): { name: string; key: string; resultCompletionId: number } {
  let key = "";
  let resultCompletionId = 0;
  let name = "";
  while (r.more) {
    const tag = r.tag();
    if (tag === 0x0a) key = r.string();
    else if (tag === 0x58) resultCompletionId = r.u32();
    else if (tag === 0x62) name = r.string();
    else r.skip();
  }
  return { name, key, resultCompletionId };
}

export function encodeCompletePromise(
  w: Writer,
  m: CompletePromiseCommand,
  v: ProtocolVersion,
): void {
  w.string(0x62, m.name);
  w.u32(0x58, m.resultCompletionId);
  encodeOutcome(w, COMPLETION_TAGS, m.completion, v);
  w.string(0x0a, m.key);
}

export function decodeCompletePromise(r: Reader): CompletePromiseCommand {
  let key = "";
  let completion: Outcome | undefined;
  let resultCompletionId = 0;
  let name = "";
  while (r.more) {
    switch (r.tag()) {
      case 0x0a:
        key = r.string();
        break;
      case 0x12:
        completion = decodeValueResult(r);
        break;
      case 0x1a:
        completion = decodeFailureResult(r);
        break;
      case 0x58:
        resultCompletionId = r.u32();
        break;
      case 0x62:
        name = r.string();
        break;
      default:
        r.skip();
    }
  }
  if (completion === undefined) throw r.missing("completion");
  return { kind: "completePromise", name, key, completion, resultCompletionId };
}

export function encodeSleep(w: Writer, m: SleepCommand): void {
  w.string(0x62, m.name);
  w.u32(0x58, m.resultCompletionId);
  w.u64(0x08, m.wakeUpTime);
}

export function decodeSleep(r: Reader): SleepCommand {
  let wakeUpTime = 0;
  let resultCompletionId = 0;
  let name = "";
  while (r.more) {
    const tag = r.tag();
    if (tag === 0x08) wakeUpTime = r.u64();
    else if (tag === 0x58) resultCompletionId = r.u32();
    else if (tag === 0x62) name = r.string();
    else r.skip();
  }
  return { kind: "sleep", name, wakeUpTime, resultCompletionId };
}

export function encodeCompleteAwakeable(
  w: Writer,
  m: CompleteAwakeableCommand,
  v: ProtocolVersion,
): void {
  w.string(0x62, m.name);
  encodeOutcome(w, COMPLETION_TAGS, m.result, v);
  w.string(0x0a, m.awakeableId);
}

export function decodeCompleteAwakeable(r: Reader): CompleteAwakeableCommand {
  let awakeableId = "";
  let result: Outcome | undefined;
  let name = "";
  while (r.more) {
    switch (r.tag()) {
      case 0x0a:
        awakeableId = r.string();
        break;
      case 0x12:
        result = decodeValueResult(r);
        break;
      case 0x1a:
        result = decodeFailureResult(r);
        break;
      case 0x62:
        name = r.string();
        break;
      default:
        r.skip();
    }
  }
  if (result === undefined) throw r.missing("result");
  return { kind: "completeAwakeable", name, awakeableId, result };
}
