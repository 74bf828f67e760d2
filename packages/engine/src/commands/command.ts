/** What every command's file works with. */
import type { Command } from "@rejoin/protocol";
import type { Invocation } from "../model/invocation.ts";
import type { AttemptItem } from "../records.ts";
import type { Transaction } from "../transaction.ts";

/** A command of an attempt, being applied. */
export interface CommandStep<C extends Command = Command> {
  readonly txn: Transaction;
  readonly invocation: Invocation;
  readonly command: C;
  readonly item: AttemptItem;
}

/** Why a command cannot be applied: the attempt fails, and nothing from it on is stored. */
export interface CommandProblem {
  readonly docCode: string;
  readonly code: number;
  readonly message: string;
}

export function problem(docCode: string, code: number, message: string): CommandProblem {
  return { docCode, code, message };
}
