/**
 * Service `spread`, whose handlers `end` and `wait` make as many one-way calls as they are asked for,
 * by messages written by hand: a hundred thousand are made in seconds.
 *
 * The first calls are of `nap`, which is suspended at once and for ever; the others are of `later`,
 * due in a day. `end` then gives what it has done, `wait` is suspended.
 */
import type { ServerHttp2Stream } from "node:http2";
import {
  bytesField,
  frame,
  numberField,
  output,
  type ScriptedAttempt,
  type ScriptedEndpoint,
  startScriptedEndpoint,
  varint,
} from "./scripted-endpoint.ts";
import { entriesOf, type ReadEntry } from "./wire-entries.ts";

export interface SpreadWanted {
  /** Calls in all. */
  readonly count: number;
  /** Of them, those of `nap`. */
  readonly naps: number;
}

/** What `end` gives. */
export interface SpreadDone {
  /** Calls that its journal held when the last attempt began, in the order in which they were made. */
  readonly replayed: number;
  /** Calls that this attempt has made. */
  readonly made: number;
}

const dayMs = 86_400_000;
const callsPerWrite = 500;
const oneWayCallKind = 0x040e;
const endFrame = frame(0x0003);
/** Awaits a signal that nobody sends. */
const suspensionFrame = frame(0x0001, bytesField(4, bytesField(2, varint(17))));

export async function startSpreadEndpoint(): Promise<ScriptedEndpoint> {
  const handlers = ["end", "wait", "nap", "later"].map((name) => ({ name }));
  const endpoint = await startScriptedEndpoint({ name: "spread", options: { handlers } });
  endpoint.script = (attempt) => {
    const handler = attempt.path.split("/").at(-1);
    if (handler === "nap") suspend(attempt);
    else
      runSpread(attempt, handler === "end").catch((error: unknown) =>
        attempt.stream.destroy(error as Error),
      );
  };
  return endpoint;
}

function suspend({ stream, contentType }: ScriptedAttempt): void {
  stream.resume();
  stream.respond({ ":status": 200, "content-type": contentType });
  stream.end(suspensionFrame);
}

async function runSpread({ stream, contentType }: ScriptedAttempt, ends: boolean): Promise<void> {
  const { input, replayed: entries } = await readJournal(stream);
  const { count, naps } = JSON.parse(input) as SpreadWanted;
  const replayed = countCalls(entries);
  stream.respond({ ":status": 200, "content-type": contentType });
  for (let from = replayed; from < count; from += callsPerWrite) {
    const length = Math.min(callsPerWrite, count - from);
    const calls = Array.from({ length }, (_, i) => oneWayCall(from + i, naps));
    if (!stream.write(Buffer.concat(calls))) await whenDrained(stream);
    if (stream.destroyed) return;
  }
  const done: SpreadDone = { replayed, made: count - replayed };
  stream.end(
    ends ? Buffer.concat([output(Buffer.from(JSON.stringify(done))), endFrame]) : suspensionFrame,
  );
}

/** Or closed. */
function whenDrained(stream: ServerHttp2Stream): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      stream.off("drain", end).off("close", end);
      resolve();
    };
    stream.on("drain", end).on("close", end);
  });
}

/** The call has its number as its parameter. */
function oneWayCall(index: number, naps: number): Buffer {
  const isNap = index < naps;
  return frame(
    oneWayCallKind,
    Buffer.concat([
      bytesField(1, "spread"),
      bytesField(2, isNap ? "nap" : "later"),
      bytesField(3, String(index)),
      isNap ? Buffer.alloc(0) : numberField(4, Date.now() + dayMs),
      numberField(10, index + 1),
    ]),
  );
}

/** Throws unless they are the first ones. */
function countCalls(entries: readonly ReadEntry[]): number {
  const calls = entries.filter(({ kind }) => kind === oneWayCallKind);
  for (const [index, call] of calls.entries()) {
    const parameter = call.bytes(3).toString();
    if (parameter !== String(index)) throw new Error(`call ${index} was replayed as ${parameter}`);
  }
  return calls.length;
}

/** What the server sends before it waits for messages. */
async function readJournal(stream: ServerHttp2Stream) {
  const replayed: ReadEntry[] = [];
  let known: number | undefined;
  let input: string | undefined;
  for await (const entry of entriesOf(stream)) {
    if (known === undefined) known = entry.number(3);
    else if (input === undefined) input = entry.message(14).bytes(1).toString();
    else replayed.push(entry);
    if (input !== undefined && replayed.length + 1 >= known) return { input, replayed };
  }
  throw new Error("the stream ended within the journal");
}
