/** Runs a command against a fake server. */
import type { FakeAdmin } from "./fake-admin.ts";
import { type TestOptions, TestTerminal } from "./test-environment.ts";

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What the person was asked. */
  readonly questions: readonly string[];
}

export async function runAgainst(
  admin: FakeAdmin,
  args: readonly string[],
  options: TestOptions = {},
): Promise<CommandResult> {
  const variables = { REJOIN_ADMIN_URL: admin.url, ...options.variables };
  const terminal = new TestTerminal({ ...options, variables });
  const code = await terminal.run(...args);
  const { stdout, stderr, questions } = terminal;
  return { code, stdout, stderr, questions };
}
