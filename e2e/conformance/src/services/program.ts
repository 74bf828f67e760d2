/**
 * The programs of the program interpreter, and how they are drawn. A program does many things in
 * some order; whatever happens to the server and the services meanwhile, each command takes effect
 * once, so that the counters of all objects are known beforehand.
 */

/** An object of a layer. A program runs in one of layer 0, and calls others of the layer below. */
export interface Place {
  readonly layer: number;
  readonly key: string;
}

export type ProgramCommand =
  | { readonly kind: "getState" | "setState" | "clearState"; readonly name: string }
  /** Adds one to the counter of the object itself. */
  | { readonly kind: "increment" | "incrementViaAwakeable" }
  /** Adds one to another counter, later. */
  | { readonly kind: "incrementOther" | "incrementOtherViaHelper"; readonly place: Place }
  | { readonly kind: "incrementOtherDelayed"; readonly place: Place; readonly delayMs: number }
  | { readonly kind: "sleep" | "callSlowly" | "runSlowly"; readonly durationMs: number }
  | { readonly kind: "call" | "run" | "runStumbling" | "recoverCall" }
  /** These are awaited at another command, or never. */
  | { readonly kind: "startCall" | "startRecoverableCall" | "startSleep" }
  | { readonly kind: "awaitStarted"; readonly index: number }
  | { readonly kind: "resolveAwakeable" | "rejectAwakeable" }
  | {
      readonly kind: "callNextLayer";
      readonly key: string;
      readonly program: Program;
      readonly isAwaited: boolean;
    };

export type Program = readonly ProgramCommand[];

export const LAYERS = 3;
const LENGTH = 8;
const DURATION_MS_MAX = 60;
const STATES = ["a", "b", "c"];
const KEYS_PER_LAYER = 4;

/** A number from 0 to below the limit. */
export type Draw = (limit: number) => number;

/** The same numbers for the same seed. */
export function createDraw(seed: number): Draw {
  let state = seed >>> 0;
  return (limit) => {
    // A full-period generator modulo 2^32, of which the upper half is good enough.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 16) % limit;
  };
}

/** Draws a program for layer 0. Objects of all programs with the same prefix may be the same. */
export function drawProgram(draw: Draw, prefix: string): Program {
  return drawLayer(draw, prefix, 0);
}

/** One of the objects of a layer. */
export function drawKey(draw: Draw, prefix: string): string {
  return `${prefix}-${draw(KEYS_PER_LAYER)}`;
}

function drawLayer(draw: Draw, prefix: string, layer: number): Program {
  return Array.from({ length: LENGTH }, () => drawCommand(draw, prefix, layer));
}

const KINDS = [
  "getState",
  "setState",
  "clearState",
  "increment",
  "incrementViaAwakeable",
  "incrementOther",
  "incrementOtherViaHelper",
  "incrementOtherDelayed",
  "sleep",
  "callSlowly",
  "runSlowly",
  "call",
  "run",
  "runStumbling",
  "recoverCall",
  "startCall",
  "startRecoverableCall",
  "startSleep",
  "awaitStarted",
  "resolveAwakeable",
  "rejectAwakeable",
  "callNextLayer",
] as const;

function drawCommand(draw: Draw, prefix: string, layer: number): ProgramCommand {
  const kind = KINDS[draw(KINDS.length)] ?? "increment";
  const place = () => ({ layer: draw(LAYERS), key: drawKey(draw, prefix) });
  switch (kind) {
    case "getState":
    case "setState":
    case "clearState":
      return { kind, name: STATES[draw(STATES.length)] ?? "a" };
    case "incrementOther":
    case "incrementOtherViaHelper":
      return { kind, place: place() };
    case "incrementOtherDelayed":
      return { kind, place: place(), delayMs: 1 + draw(DURATION_MS_MAX) };
    case "sleep":
    case "callSlowly":
    case "runSlowly":
      return { kind, durationMs: draw(DURATION_MS_MAX) };
    case "awaitStarted":
      return { kind, index: draw(LENGTH) };
    case "callNextLayer":
      if (layer + 1 === LAYERS) return { kind: "increment" };
      return {
        kind,
        key: drawKey(draw, prefix),
        program: drawLayer(draw, prefix, layer + 1),
        isAwaited: draw(2) === 0,
      };
    default:
      return { kind };
  }
}

/** Adds what a program at a place does to the counters, which are named `layer/key`. */
export function countIncrements(
  program: Program,
  at: Place,
  counters: Map<string, number>,
): Map<string, number> {
  const add = ({ layer, key }: Place): void => {
    const name = `${layer}/${key}`;
    counters.set(name, (counters.get(name) ?? 0) + 1);
  };
  for (const command of program) {
    if (command.kind === "increment" || command.kind === "incrementViaAwakeable") add(at);
    if ("place" in command) add(command.place);
    if (command.kind === "callNextLayer") {
      countIncrements(command.program, { layer: at.layer + 1, key: command.key }, counters);
    }
  }
  return counters;
}
