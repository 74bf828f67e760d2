/**
 * The uninterrupted run that a journal stands for: one attempt that is given the notifications of
 * the journal, live and one by one, in their order.
 */
import type { Command, EndpointMessage, Notification, ProtocolVersion } from "@rejoin/protocol";
import { type Context, createInProcessEndpoint, service } from "../index.ts";
import { isCommand } from "../vm/command-info.ts";
import { inputMessage, startMessage } from "./messages.ts";
import type { JournalEntry } from "./mini-server.ts";
import { rest } from "./script.ts";

export interface OrderedOutcome {
  readonly result: unknown;
  readonly commands: readonly Command[];
}

export async function replayLive(
  handler: (ctx: Context) => Promise<unknown>,
  journal: readonly JournalEntry[],
  version: ProtocolVersion,
): Promise<OrderedOutcome> {
  const endpoint = createInProcessEndpoint(
    { services: [service({ name: "svc", handlers: { run: handler } })] },
    { now: () => 1000, log: () => {}, isLogged: () => false },
  );
  const sent: EndpointMessage[] = [];
  let ended = false;
  const attempt = endpoint.open(
    { service: "svc", handler: "run", version, headers: new Map() },
    {
      send: (messages) => sent.push(...messages),
      end: () => {
        ended = true;
      },
    },
  );
  attempt.receive([startMessage(), inputMessage()]);
  await rest();
  for (const entry of journal) {
    if (ended) break;
    if (isCommand(entry)) continue;
    attempt.receive([version >= 7 ? toAck(entry) : entry]);
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
