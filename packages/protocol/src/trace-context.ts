/**
 * Where an invocation stands in a trace: the W3C headers `traceparent` and `tracestate`, which it
 * keeps among its headers.
 *
 * A server that traces marks the `tracestate` of what it accepts. From there the context goes on by
 * itself: a callee gets its caller's trace, and as its parent the span of the attempt that called; one
 * whose result nobody waits for begins a trace of its own, which links to that span.
 * The ids of spans follow from ids of invocations, so that whatever happens twice has the same ones.
 *
 * | span | id |
 * |---|---|
 * | of an invocation | the last 8 bytes of its id |
 * | of an attempt | SipHash-1-3 of the id's 24 bytes, the number of its start (u32, big-endian) and 4 zeros |
 */
import { HEADERS } from "./http.ts";
import { INVOCATION_ID_BYTES, type InvocationKey } from "./ids.ts";
import type { Header } from "./messages.ts";
import { sipHash13 } from "./siphash.ts";

/** A span, seen from elsewhere. */
export interface TraceContext {
  /** 32 hexadecimal digits in lower case, not all 0. */
  readonly traceId: string;
  /** 16 of them. */
  readonly spanId: string;
  /** Whether the trace is recorded. */
  readonly sampled: boolean;
}

const TRACE_PARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const NO_TRACE_ID = "0".repeat(32);
const NO_SPAN_ID = "0".repeat(16);
const SAMPLED = 1;

/** The context that a `traceparent` header names, `undefined` if it names none. */
export function parseTraceParent(text: string | undefined): TraceContext | undefined {
  const [, version = "ff", traceId = "", spanId = "", flags = "", more] =
    TRACE_PARENT.exec(text?.trim() ?? "") ?? [];
  if (version === "ff" || (version === "00" && more !== undefined)) return undefined;
  if (traceId === NO_TRACE_ID || spanId === NO_SPAN_ID) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & SAMPLED) !== 0 };
}

/** The `traceparent` header of a context. */
export function formatTraceParent({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`;
}

/** The id of the trace that an invocation begins. */
export function traceIdOfInvocation(key: InvocationKey): string {
  return hexOf(key, INVOCATION_ID_BYTES - 16);
}

/** The id of the span of an invocation. */
export function spanIdOfInvocation(key: InvocationKey): string {
  return hexOf(key, INVOCATION_ID_BYTES - 8);
}

/** The id of the span of the attempt that `start` counts. */
export function spanIdOfAttempt(key: InvocationKey, start: number): string {
  const input = new Uint8Array(INVOCATION_ID_BYTES + 8);
  for (let i = 0; i < INVOCATION_ID_BYTES; i++) input[i] = key.charCodeAt(i);
  for (let i = 0; i < 4; i++) input[INVOCATION_ID_BYTES + i] = start >>> (24 - 8 * i);
  const { high, low } = sipHash13(input);
  return hexOfWord(high) + hexOfWord(low);
}

/**
 * The member of `tracestate` by which a server knows what it traces; it is always the first. Its
 * value is 1, or of an invocation that begins a trace of its own the id of the trace of its caller,
 * whose span is the one in `traceparent`.
 */
const MARK = /^rejoin=(1|[0-9a-f]{32})(?:,|$)/;
const PLAIN_MARK = "1";
/** What another may be, roughly: it can be sent as part of a header. */
const MEMBER = /^[!-~][ -~]*=[ -~]*$/;
/** Of `tracestate` others have to carry on so much; what is older goes first. */
const TRACE_STATE_CHARS_MAX = 512;
const MEMBERS_MAX = 32;

/** Where an invocation stands, by its headers. */
export interface InvocationTrace {
  readonly traceId: string;
  readonly sampled: boolean;
  /** The span that it was invoked in: of the request, or of the caller's attempt. */
  readonly parent: TraceContext | undefined;
  /** That span where it is in another trace. */
  readonly link: TraceContext | undefined;
  readonly traceState: string;
}

/** `undefined` for an invocation that no server traces. */
export function invocationTraceOf(headers: readonly Header[]): InvocationTrace | undefined {
  const stored = headerOf(headers, HEADERS.traceState) ?? "";
  const [, mark] = MARK.exec(stored) ?? [];
  if (mark === undefined) return undefined;
  const context = parseTraceParent(headerOf(headers, HEADERS.traceParent));
  if (context === undefined) return undefined;
  const { traceId, sampled } = context;
  const traceState = markTraceState(stored, mark);
  if (mark === PLAIN_MARK) {
    return { traceId, sampled, parent: context, link: undefined, traceState };
  }
  return { traceId, sampled, parent: undefined, link: { ...context, traceId: mark }, traceState };
}

/** The id of the trace that an invocation belongs to, by whoever traces it. */
export function traceIdOf(headers: readonly Header[]): string | undefined {
  return parseTraceParent(headerOf(headers, HEADERS.traceParent))?.traceId;
}

/** `headers` of an invocation that was invoked in this span, and is traced. */
export function withTraceContext(
  headers: readonly Header[],
  context: TraceContext,
  traceState: string | undefined,
): readonly Header[] {
  return replaceTrace(headers, context, markTraceState(traceState, PLAIN_MARK));
}

interface Call {
  readonly caller: {
    readonly key: InvocationKey;
    readonly starts: number;
    readonly headers: readonly Header[];
  };
  readonly callee: InvocationKey;
  /** Its result is not waited for: the callee begins a trace of its own, linked to its caller's. */
  readonly isOneWay: boolean;
}

/**
 * The headers of a callee: those that the caller's code gave it and, if the caller is traced, the
 * context of the attempt that calls, unless the code gave another.
 */
export function headersOfCallee(given: readonly Header[], call: Call): readonly Header[] {
  const { caller, callee, isOneWay } = call;
  const own = invocationTraceOf(caller.headers);
  if (own === undefined) return given;
  const { traceId, sampled } = own;
  const explicit = parseTraceParent(headerOf(given, HEADERS.traceParent));
  if (explicit !== undefined) {
    return withTraceContext(given, explicit, headerOf(given, HEADERS.traceState));
  }
  const spanId = spanIdOfAttempt(caller.key, caller.starts);
  if (!isOneWay) return withTraceContext(given, { traceId, spanId, sampled }, own.traceState);
  const context = { traceId: traceIdOfInvocation(callee), spanId, sampled };
  return replaceTrace(given, context, markTraceState(own.traceState, traceId));
}

function markTraceState(text: string | undefined, value: string): string {
  let marked = `rejoin=${value}`;
  const members = (text ?? "").split(",").map((member) => member.trim());
  const others = members.filter((member) => MEMBER.test(member) && !member.startsWith("rejoin="));
  for (const member of others.slice(0, MEMBERS_MAX - 1)) {
    if (marked.length + 1 + member.length > TRACE_STATE_CHARS_MAX) break;
    marked += `,${member}`;
  }
  return marked;
}

function replaceTrace(
  headers: readonly Header[],
  context: TraceContext,
  traceState: string,
): readonly Header[] {
  const others = headers.filter(
    ({ key }) => key !== HEADERS.traceParent && key !== HEADERS.traceState,
  );
  return [
    ...others,
    { key: HEADERS.traceParent, value: formatTraceParent(context) },
    { key: HEADERS.traceState, value: traceState },
  ];
}

function headerOf(headers: readonly Header[], name: string): string | undefined {
  for (const { key, value } of headers) if (key === name) return value;
  return undefined;
}

function hexOf(key: InvocationKey, from: number): string {
  let text = "";
  for (let i = from; i < INVOCATION_ID_BYTES; i++) {
    text += key.charCodeAt(i).toString(16).padStart(2, "0");
  }
  return text;
}

function hexOfWord(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
