/** What the SDK says about commands: the wire code and the words for each kind. */
import type { Command } from "@rejoin/protocol";

export type CommandKind = Command["kind"];

interface CommandInfo {
  /** The message type on the wire. */
  readonly code: number;
  /** How error messages call it. */
  readonly title: string;
}

export const COMMANDS: Readonly<Record<CommandKind, CommandInfo>> = {
  input: { code: 0x0400, title: "input" },
  output: { code: 0x0401, title: "handler return" },
  getLazyState: { code: 0x0402, title: "get state" },
  setState: { code: 0x0403, title: "set state" },
  clearState: { code: 0x0404, title: "clear state" },
  clearAllState: { code: 0x0405, title: "clear all state" },
  getLazyStateKeys: { code: 0x0406, title: "get state keys" },
  getEagerState: { code: 0x0407, title: "get state" },
  getEagerStateKeys: { code: 0x0408, title: "get state keys" },
  getPromise: { code: 0x0409, title: "get promise" },
  peekPromise: { code: 0x040a, title: "peek promise" },
  completePromise: { code: 0x040b, title: "complete promise" },
  sleep: { code: 0x040c, title: "sleep" },
  call: { code: 0x040d, title: "call" },
  oneWayCall: { code: 0x040e, title: "one way call/send" },
  sendSignal: { code: 0x0410, title: "send signal" },
  run: { code: 0x0411, title: "run" },
  attachInvocation: { code: 0x0412, title: "attach invocation" },
  getInvocationOutput: { code: 0x0413, title: "get invocation output" },
  completeAwakeable: { code: 0x0414, title: "complete awakeable" },
};

/** Whether a journal entry is a command; all others are notifications. */
export function isCommand(entry: { readonly kind: string }): entry is Command {
  return entry.kind in COMMANDS;
}

/** A command in words: `call worker/run 'name'`. */
export function describeCommand(command: Command): string {
  const name = command.name === "" ? "" : ` '${command.name}'`;
  if (command.kind === "call" || command.kind === "oneWayCall") {
    const key = command.key === "" ? "" : `${command.key}/`;
    return `${COMMANDS[command.kind].title} ${command.service}/${key}${command.handler}${name}`;
  }
  return `${COMMANDS[command.kind].title}${name}`;
}
