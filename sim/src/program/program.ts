/**
 * What the simulated handlers do: programs as data, with a result that does not depend on timing.
 *
 * A handler interprets one node. Whatever depends on the order of events (who wins a race) adds a
 * constant to the result; that it is one of what is possible is checked where it is seen.
 */

import type { Flow } from "../flow/flow-plan.ts";

export type Operation =
  | {
      readonly kind: "run";
      readonly value: number;
      /** How often its closure throws before it gives a result. */
      readonly failures: number;
      readonly failWith: "error" | "retryable";
      /** Its result is a terminal failure. */
      readonly terminal: boolean;
      /** How long its closure takes; 0 for a closure that returns at once. */
      readonly ms: number;
      /** Bytes that its result carries along. */
      readonly padding: number;
    }
  | { readonly kind: "sleep"; readonly ms: number }
  | { readonly kind: "call"; readonly node: number };

export type GroupMode = "all" | "allSettled" | "race" | "any" | "order";

export type Step =
  | { readonly kind: "await"; readonly operation: Operation }
  /** Awaits with `orTimeout`. */
  | { readonly kind: "timeout"; readonly operation: Operation; readonly ms: number }
  | { readonly kind: "group"; readonly mode: GroupMode; readonly operations: readonly Operation[] }
  | {
      readonly kind: "send";
      readonly node: number;
      readonly delayMs: number;
      readonly awaitsId: boolean;
    }
  /** The handler throws, in its first attempts to get here. */
  | { readonly kind: "throw"; readonly times: number; readonly retryAfterMs: number | undefined }
  /** Async functions of the handler side by side. */
  | { readonly kind: "branches"; readonly branches: readonly (readonly Step[])[] };

export interface ProgramNode {
  readonly id: number;
  readonly steps: readonly Step[];
  /** The code of the terminal error that it ends with, if it does. */
  readonly failsWith: number | undefined;
  /** It is always called with the idempotency key {@link keyOf}. */
  readonly keyed: boolean;
  /** Bytes that its input and its result carry along. */
  readonly padding: number;
  /** What it is called with, where scopes are possible. */
  readonly flow: Flow | undefined;
}

export interface Program {
  readonly nodes: readonly ProgramNode[];
  /** What the clients call. */
  readonly roots: readonly number[];
}

/** How an operation or a node ends. */
export type Outcome =
  | { readonly ok: true; readonly value: number }
  | { readonly ok: false; readonly code: number };

/** What a handler is called with. */
export interface NodeInput {
  readonly node: number;
  readonly padding?: string;
}

/** What a handler gives. */
export interface NodeResult {
  readonly value: number;
  readonly padding?: string;
}

export function keyOf(node: number): string {
  return `node-${node}`;
}

export function nodeOf(program: Program, id: number): ProgramNode {
  const node = program.nodes[id];
  if (node === undefined) throw new RangeError(`the program has no node ${id}`);
  return node;
}

export function inputOf(program: Program, id: number): NodeInput {
  const { padding } = nodeOf(program, id);
  return padding === 0 ? { node: id } : { node: id, padding: "i".repeat(padding) };
}

/** Adds what a step gave to what the ones before gave. */
export function mix(sum: number, value: number): number {
  return (Math.imul(sum, 31) + value + 1) >>> 0;
}
