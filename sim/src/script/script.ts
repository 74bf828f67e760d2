/**
 * Scripts: what the handlers of objects, workflows and their helpers do, as data that travels in
 * their input. A script runs its steps one after the other, on the messages of the protocol itself,
 * so that every command that a server knows is under test whatever an SDK makes of it.
 */

import type { Flow } from "../flow/flow-plan.ts";

/** The services that run scripts. */
export const OBJECT = "object";
export const WORKFLOW = "flow";
export const HELPER = "helper";

export type HandlerName = "turn" | "look" | "run" | "poke" | "help";

/** Whom a script calls. */
export interface Callee {
  readonly service: string;
  readonly handler: HandlerName;
  /** "" for a plain service. */
  readonly key: string;
  readonly script: Script;
  /** What it is called with, where scopes are possible. */
  readonly flow?: Flow;
}

export type ScriptStep =
  | { readonly do: "set"; readonly name: string; readonly value: string }
  | { readonly do: "clear"; readonly name: string }
  | { readonly do: "clearAll" }
  /** Of what the attempt was given if that says it, else asked of the server. */
  | { readonly do: "get"; readonly name: string }
  | { readonly do: "keys" }
  | { readonly do: "sleep"; readonly ms: number }
  | { readonly do: "run" }
  | { readonly do: "call"; readonly callee: Callee }
  /** Calls several at once and awaits them all. */
  | { readonly do: "fan"; readonly callees: readonly Callee[] }
  | { readonly do: "send"; readonly callee: Callee; readonly delayMs: number }
  /** Attaches to the callee of the send before it, or asks for its output. */
  | { readonly do: "attach" | "output" }
  /** Cancels the callee of the send before it. */
  | { readonly do: "cancel" }
  /** Awaits a signal of its own; `ms`: for so long at most. */
  | { readonly do: "awakeable"; readonly ms: number | undefined }
  | { readonly do: "await"; readonly signal: string; readonly ms: number | undefined }
  /** Completes the awakeable, or sends the signal, of whoever called. */
  | { readonly do: "complete"; readonly index: number; readonly value: string }
  | { readonly do: "signal"; readonly name: string; readonly value: string }
  /** The same for any invocation. */
  | { readonly do: "signalTo"; readonly to: string; readonly name: string; readonly value: string }
  | { readonly do: "promise" | "peek"; readonly name: string }
  | { readonly do: "resolve"; readonly name: string; readonly value: string }
  /** The attempt fails, the first times that it gets here. */
  | { readonly do: "fail"; readonly times: number; readonly pauses: boolean };

export type Script = readonly ScriptStep[];

/** What a handler that runs a script is called with. */
export interface ScriptInput {
  readonly script: Script;
  /** The id of the invocation that called it. */
  readonly caller?: string;
}

/** The first signal that an awakeable of a script gets; the next one gets the next. */
export const FIRST_AWAKEABLE = 17;

/** Some scripts end when they are cancelled; the others leave out the step that they are at. */
export function goesOnWhenCancelled(script: Script): boolean {
  return script.length % 2 === 0;
}
