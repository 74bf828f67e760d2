/**
 * Awaited trees in bytes: `Future { 1 completions (packed), 2 signals (packed), 3 named signals,
 * 4 nested futures, 5 combinator }`.
 *
 * Versions 5 and 6 have no trees: a Suspension lists the leaves in fields 1 to 3 and means "any".
 */

import { orEmpty } from "./codec-values.ts";
import { MAX_FUTURE_DEPTH } from "./limits.ts";
import { Combinator, type Future } from "./messages.ts";
import { ProtocolError } from "./protocol-error.ts";
import type { Reader } from "./wire-reader.ts";
import type { Writer } from "./wire-writer.ts";

/** Writes `future` and what it nests; throws `FUTURE_TOO_DEEP` beyond {@link MAX_FUTURE_DEPTH}. */
export function encodeFuture(w: Writer, tag: number, future: Future): void {
  encodeLevel(w, tag, future, 1);
}

/** Writes the leaves of `future` at any depth, once each, as fields 1 to 3. */
export function encodeLeaves(w: Writer, future: Future): void {
  if (future.nested.length === 0) {
    encodeOwnLeaves(w, future.completions, future.signals, future.namedSignals);
    return;
  }
  const leaves = new Leaves();
  leaves.add(future, 1);
  encodeOwnLeaves(w, [...leaves.completions], [...leaves.signals], [...leaves.namedSignals]);
}

/** Reads a tree; throws `FUTURE_TOO_DEEP` beyond {@link MAX_FUTURE_DEPTH}. */
export function decodeFuture(r: Reader): Future {
  return decodeLevel(r, 1);
}

/** A tree of leaves alone, any of which resumes. */
export function createFlatFuture(
  completions: readonly number[] | undefined,
  signals: readonly number[] | undefined,
  namedSignals: readonly string[] | undefined,
): Future {
  return {
    combinator: Combinator.unknown,
    completions: orEmpty(completions),
    signals: orEmpty(signals),
    namedSignals: orEmpty(namedSignals),
    nested: orEmpty<Future>(undefined),
  };
}

class Leaves {
  readonly completions = new Set<number>();
  readonly signals = new Set<number>();
  readonly namedSignals = new Set<string>();

  add(future: Future, depth: number): void {
    assertDepth(depth);
    for (const id of future.completions) this.completions.add(id);
    for (const index of future.signals) this.signals.add(index);
    for (const name of future.namedSignals) this.namedSignals.add(name);
    for (const child of future.nested) this.add(child, depth + 1);
  }
}

function encodeLevel(w: Writer, tag: number, future: Future, depth: number): void {
  assertDepth(depth);
  const start = w.length;
  w.u32(0x28, future.combinator);
  for (let i = future.nested.length - 1; i >= 0; i--) {
    encodeLevel(w, 0x22, future.nested[i] as Future, depth + 1);
  }
  encodeOwnLeaves(w, future.completions, future.signals, future.namedSignals);
  w.close(tag, start);
}

function encodeOwnLeaves(
  w: Writer,
  completions: readonly number[],
  signals: readonly number[],
  names: readonly string[],
): void {
  for (let i = names.length - 1; i >= 0; i--) w.presentString(0x1a, names[i] as string);
  encodePacked(w, 0x12, signals);
  encodePacked(w, 0x0a, completions);
}

function encodePacked(w: Writer, tag: number, numbers: readonly number[]): void {
  if (numbers.length === 0) return;
  const start = w.length;
  for (let i = numbers.length - 1; i >= 0; i--) w.packedU32(numbers[i] as number);
  w.close(tag, start);
}

function decodeLevel(r: Reader, depth: number): Future {
  assertDepth(depth);
  return r.nested("Future", (inner) => readFuture(inner, depth));
}

function readFuture(r: Reader, depth: number): Future {
  let combinator: Combinator = Combinator.unknown;
  let completions: number[] | undefined;
  let signals: number[] | undefined;
  let namedSignals: string[] | undefined;
  let nested: Future[] | undefined;
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
      case 0x22:
        r.element();
        nested ??= [];
        nested.push(decodeLevel(r, depth + 1));
        break;
      case 0x28:
        combinator = r.enumeration(4) as Combinator;
        break;
      default:
        r.skip();
    }
  }
  return {
    combinator,
    completions: orEmpty(completions),
    signals: orEmpty(signals),
    namedSignals: orEmpty(namedSignals),
    nested: orEmpty(nested),
  };
}

function assertDepth(depth: number): void {
  if (depth > MAX_FUTURE_DEPTH) {
    throw new ProtocolError(
      "FUTURE_TOO_DEEP",
      `the awaited tree is nested deeper than ${MAX_FUTURE_DEPTH} levels`,
    );
  }
}
