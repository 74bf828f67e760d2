/**
 * Call and OneWayCall in bytes. Their field numbers differ: the send has a time in field 4.
 *
 * | field | Call | OneWayCall |
 * |---|--:|--:|
 * | service, handler, parameter | 1, 2, 3 | 1, 2, 3 |
 * | invoke time ms | | 4 |
 * | headers | 4 | 5 |
 * | key | 5 | 6 |
 * | idempotency key | 6 | 7 |
 * | scope | 7 | 8 |
 * | limit key | 8 | 9 |
 * | completion id of the invocation id | 10 | 10 |
 * | completion id of the result | 11 | |
 * | name | 12 | 12 |
 */
import { decodeHeader, encodePairs, type Mutable, orEmpty } from "./codec-values.ts";
import type { CallCommand, Header, OneWayCallCommand } from "./messages.ts";
import { EMPTY_BYTES, type Reader } from "./wire-reader.ts";
import type { Writer } from "./wire-writer.ts";

export function encodeCall(w: Writer, m: CallCommand): void {
  w.string(0x62, m.name);
  w.u32(0x58, m.resultCompletionId);
  w.u32(0x50, m.invocationIdCompletionId);
  w.optionalString(0x42, m.limitKey);
  w.optionalString(0x3a, m.scope);
  w.optionalString(0x32, m.idempotencyKey);
  w.string(0x2a, m.key);
  encodePairs(w, 0x22, m.headers);
  w.bytes(0x1a, m.parameter);
  w.string(0x12, m.handler);
  w.string(0x0a, m.service);
}

export function decodeCall(r: Reader): CallCommand {
  const command: Mutable<CallCommand> = {
    kind: "call",
    name: "",
    service: "",
    handler: "",
    parameter: EMPTY_BYTES,
    headers: orEmpty<Header>(undefined),
    key: "",
    invocationIdCompletionId: 0,
    resultCompletionId: 0,
  };
  let headers: Header[] | undefined;
  while (r.more) {
    switch (r.tag()) {
      case 0x0a:
        command.service = r.string();
        break;
      case 0x12:
        command.handler = r.string();
        break;
      case 0x1a:
        command.parameter = r.bytes();
        break;
      case 0x22:
        headers ??= [];
        headers.push(decodeHeader(r));
        break;
      case 0x2a:
        command.key = r.string();
        break;
      case 0x32:
        command.idempotencyKey = r.string();
        break;
      case 0x3a:
        command.scope = r.string();
        break;
      case 0x42:
        command.limitKey = r.string();
        break;
      case 0x50:
        command.invocationIdCompletionId = r.u32();
        break;
      case 0x58:
        command.resultCompletionId = r.u32();
        break;
      case 0x62:
        command.name = r.string();
        break;
      default:
        r.skip();
    }
  }
  if (headers !== undefined) command.headers = headers;
  return command;
}

export function encodeOneWayCall(w: Writer, m: OneWayCallCommand): void {
  w.string(0x62, m.name);
  w.u32(0x50, m.invocationIdCompletionId);
  w.optionalString(0x4a, m.limitKey);
  w.optionalString(0x42, m.scope);
  w.optionalString(0x3a, m.idempotencyKey);
  w.string(0x32, m.key);
  encodePairs(w, 0x2a, m.headers);
  w.u64(0x20, m.invokeTime);
  w.bytes(0x1a, m.parameter);
  w.string(0x12, m.handler);
  w.string(0x0a, m.service);
}

export function decodeOneWayCall(r: Reader): OneWayCallCommand {
  const command: Mutable<OneWayCallCommand> = {
    kind: "oneWayCall",
    name: "",
    service: "",
    handler: "",
    parameter: EMPTY_BYTES,
    headers: orEmpty<Header>(undefined),
    key: "",
    invocationIdCompletionId: 0,
    invokeTime: 0,
  };
  let headers: Header[] | undefined;
  while (r.more) {
    switch (r.tag()) {
      case 0x0a:
        command.service = r.string();
        break;
      case 0x12:
        command.handler = r.string();
        break;
      case 0x1a:
        command.parameter = r.bytes();
        break;
      case 0x20:
        command.invokeTime = r.u64();
        break;
      case 0x2a:
        headers ??= [];
        headers.push(decodeHeader(r));
        break;
      case 0x32:
        command.key = r.string();
        break;
      case 0x3a:
        command.idempotencyKey = r.string();
        break;
      case 0x42:
        command.scope = r.string();
        break;
      case 0x4a:
        command.limitKey = r.string();
        break;
      case 0x50:
        command.invocationIdCompletionId = r.u32();
        break;
      case 0x62:
        command.name = r.string();
        break;
      default:
        r.skip();
    }
  }
  if (headers !== undefined) command.headers = headers;
  return command;
}
