/**
 * The uninterrupted run that a journal stands for: one attempt that is given the notifications of
 * the journal, live and one by one, in their order.
 */
import type { Command, EndpointMessage, Notification } from "@rejoin/protocol";
import { isCommand } from "../vm/command-info.ts";
import {
  INITIAL_STATE,
  type InvocationOptions,
  openProgram,
  type Program,
  startWith,
} from "./invocation.ts";
import { inputMessage } from "./messages.ts";
import type { JournalEntry } from "./mini-server.ts";
import { rest } from "./script.ts";

export interface OrderedOutcome {
  readonly result: unknown;
  readonly commands: readonly Command[];
}

export async function replayLive(
  program: Program,
  journal: readonly JournalEntry[],
  options: InvocationOptions,
): Promise<OrderedOutcome> {
  const sent: EndpointMessage[] = [];
  let ended = false;
  const attempt = openProgram(program, options, {
    send: (messages) => sent.push(...messages),
    end: () => {
      ended = true;
    },
  });
  attempt.receive([startWith(INITIAL_STATE, options.partialState), inputMessage()]);
  await rest();
  for (const entry of journal) {
    if (ended) break;
    if (isCommand(entry)) continue;
    attempt.receive([options.version >= 7 ? toAck(entry) : entry]);
    await rest();
  }
  const commands = sent.filter((message) => isCommand(message)) as Command[];
  const output = commands.findLast((command) => command.kind === "output");
  return { result: output?.result, commands };
}

function toAck(entry: Notification) {
  if (entry.kind !== "runCompletion") return entry;
  return { kind: "proposeRunCompletionAck", completionId: entry.completionId } as const;
}
