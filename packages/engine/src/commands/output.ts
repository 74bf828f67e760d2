/** Output: the result of the invocation; the last one before End counts. */
import type { OutputCommand } from "@rejoin/protocol";
import { appendCommand, countCommand } from "../journal.ts";
import { removeRest, storeOutcome } from "../payloads.ts";
import type { CommandStep } from "./command.ts";

/**
 * An Output that ends the invocation in the same step is kept in the header alone; any other also
 * in the journal, since the next attempt will have to see it.
 */
export function applyOutput(step: CommandStep<OutputCommand>, endsHere: boolean): undefined {
  const { txn, invocation, command, item } = step;
  txn.output = command.result;
  const before = invocation.output;
  invocation.output = storeOutcome(txn, invocation, command.result);
  if (before?.kind === "success") removeRest(txn, invocation, before.value);
  if (endsHere) {
    countCommand(txn, invocation, command);
    invocation.journalLength += 1;
    invocation.outputInHeader = true;
  } else {
    appendCommand(txn, invocation, command, item);
  }
}
