/** What a replay comes to. The process that replays writes it as JSON, and the command shows it. */

/**
 * - `completed`: the handler has returned or thrown a terminal error, as the journal records
 * - `stands`: all that is recorded has been repeated, and the handler waits for more
 * - `diverged`: the handler does something else than the journal records
 * - `failed`: the handler has thrown an error that is retried
 * - `stuck`: the handler has neither ended nor come to rest
 * - `unusable`: there was nothing to replay with: no such handler, no such file
 */
export type ReplayOutcome = "completed" | "stands" | "diverged" | "failed" | "stuck" | "unusable";

export interface ReplayReport {
  readonly outcome: ReplayOutcome;
  readonly id: string;
  readonly target: string;
  /** Of the invocation when it was recorded. */
  readonly status: string;
  /** How the invocation ended, if it was not its handler that ended it, such as `[409] killed`. */
  readonly ended_from_outside?: string;
  readonly protocol_version: number;
  /** How many entries the journal has, and how many of them the handler was given. */
  readonly journal_size: number;
  readonly replayed_entries: number;
  readonly steps: readonly StepReport[];
  readonly stand?: StandReport;
  readonly divergence?: DivergenceReport;
  readonly result?: ResultReport;
  readonly failure?: FailureReport;
  /** Why it is `stuck` or `unusable`, and what to do. */
  readonly message?: string;
  readonly hint?: string;
}

/** A command of the handler. */
export interface StepReport {
  /** Counts commands; the input is 0. */
  readonly command_index: number;
  /** Its place in the journal; none for a command that is not in it. */
  readonly entry_index?: number;
  /** Such as `run 'charge'`. */
  readonly title: string;
  readonly type: string;
  readonly name?: string;
  /** `recorded`: the journal has the same. `new`: the journal has ended before it. */
  readonly match: "recorded" | "new" | "differs";
  /** What the journal says it came to; `waiting` if nothing yet. */
  readonly outcome?: string;
  /** The line of the handler, such as `src/app.ts:12:5`. */
  readonly at?: string;
}

export interface AwaitReport {
  /** How many results it waits for, and the first of them. */
  readonly count: number;
  readonly results: readonly {
    readonly title: string;
    readonly command_index?: number;
    readonly at?: string;
  }[];
  /** The stack of the handler, the innermost first. */
  readonly stack: readonly string[];
}

export interface StandReport {
  readonly awaiting: readonly AwaitReport[];
  /** Runs that a real attempt would execute now. */
  readonly would_execute: readonly {
    readonly name: string;
    readonly command_index: number;
    readonly at?: string;
  }[];
}

export interface DivergenceReport {
  readonly command_index: number;
  readonly entry_index?: number;
  readonly expected?: CommandReport;
  readonly actual?: CommandReport;
  /** One line for each field, if both are of one kind. */
  readonly differences: readonly string[];
  readonly awaiting: readonly AwaitReport[];
  readonly stack: readonly string[];
}

export interface CommandReport {
  readonly title: string;
  readonly type: string;
  /** Bytes as text where they are, else as `{"base64": …}`. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface ResultReport {
  readonly kind: "value" | "failure";
  /** The journal has the same. */
  readonly is_recorded: boolean;
  /** As JSON if it is, as text, or as `{"base64": …}`. */
  readonly value?: unknown;
  readonly code?: number;
  readonly message?: string;
}

export interface FailureReport {
  readonly code: number;
  readonly message: string;
  readonly stack?: string;
  /** The invocation's last failure was the same. */
  readonly is_recorded: boolean;
  readonly related_command?: string;
}

/** What the process that replays is asked to do. */
export interface ReplayJob {
  /** Absolute, as are the others. */
  readonly recording: string;
  readonly entry: string;
  readonly report: string;
  /** What paths are shown relative to. */
  readonly cwd: string;
  /** The index of the last journal entry that the handler is given. */
  readonly until?: number;
  /** Execute the closures of runs without a recorded result. */
  readonly execute: boolean;
  /** How long the handler may take to come to rest; nothing for as long as it likes. */
  readonly timeoutMs?: number;
  /** Print each command when it happens, and stop for a debugger before the first. */
  readonly isDebugged: boolean;
}
