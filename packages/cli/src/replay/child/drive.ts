/** Runs a handler against the journal of a recording, until it ends, parts from it, or stands. */
import type { EndpointMessage, ErrorMessage, Outcome } from "@rejoin/protocol";
import type { InProcessAttempt, Replay, ReplayObserver, ReplayStand } from "@rejoin/sdk";
import type { Recording } from "../recording.ts";
import type { DivergenceReport, FailureReport, ReplayReport, StepReport } from "../report.ts";
import { RecordedJournal } from "./journal.ts";
import type { Locations } from "./locations.ts";
import { showResult } from "./shown-values.ts";
import { Steps } from "./steps.ts";

export interface DriveOptions {
  readonly recording: Recording;
  /** Makes the endpoint that holds the handler, watched. */
  readonly open: (observer: ReplayObserver) => Replay;
  readonly locations: Locations;
  /** The index of the last journal entry that the handler is given. */
  readonly until?: number | undefined;
  /** Calls back once after so long; the result cancels it. Without it there is no end to patience. */
  readonly after?: ((callback: () => void) => () => void) | undefined;
  readonly onStep?: (step: StepReport) => void;
}

/** Rejects with a `CliError` if the recording cannot be read. */
export async function drive(options: DriveOptions): Promise<ReplayReport> {
  const driver = new Driver(options);
  return await driver.run();
}

type Ending = Partial<ReplayReport> & Pick<ReplayReport, "outcome">;

class Driver {
  readonly #options: DriveOptions;
  readonly #journal: RecordedJournal;
  readonly #steps: Steps;
  #attempt: InProcessAttempt | undefined;
  #divergence: DivergenceReport | undefined;
  #result: { readonly outcome: Outcome; readonly isRecorded: boolean } | undefined;
  #failure: ErrorMessage | undefined;
  #stand: ReplayStand | undefined;
  /** Results of closures that have not been answered. */
  #unanswered = 0;
  #finish: (ending: Ending) => void = () => undefined;

  constructor(options: DriveOptions) {
    this.#options = options;
    this.#journal = new RecordedJournal(options.recording, options.until);
    this.#steps = new Steps(this.#journal, options.locations, options.onStep);
  }

  async run(): Promise<ReplayReport> {
    const { locations, after } = this.#options;
    const unfollow = locations.follow();
    let cancel: () => void = () => undefined;
    try {
      const ending = await new Promise<Ending>((resolve, reject) => {
        this.#finish = resolve;
        if (after !== undefined) cancel = after(() => this.#runOutOfPatience());
        try {
          this.#open();
        } catch (error) {
          reject(error);
        }
      });
      return this.#report(ending);
    } finally {
      cancel();
      unfollow();
      this.#attempt?.abort(new Error("the replay is over"));
    }
  }

  #open(): void {
    const { recording, open } = this.#options;
    const { target_service_name: service, target_handler_name: handler } = recording.invocation;
    const replay = open({
      issued: (step) => {
        this.#stand = undefined;
        this.#steps.issued(step);
        if (step.command.kind === "output") {
          this.#result = { outcome: step.command.result, isRecorded: step.isRecorded };
        }
      },
      awaited: (node) => this.#steps.awaited(node),
      diverged: (divergence) => {
        this.#divergence = this.#steps.diverged(divergence);
      },
      rested: (stand) => this.#rested(stand),
    });
    const sink = {
      send: (messages: readonly EndpointMessage[]) => this.#sent(messages),
      end: () => this.#ended(),
    };
    const { version } = this.#journal;
    this.#attempt = replay.open({ service, handler, version, headers: new Map() }, sink);
    this.#attempt.receive(this.#journal.messages);
  }

  /** What it has sent when it came to rest is on its way: results of closures are answered first. */
  #rested(stand: ReplayStand): void {
    this.#stand = stand;
    setImmediate(() => {
      if (this.#stand !== stand || this.#unanswered > 0) return;
      this.#finish({ outcome: "stands", stand: this.#steps.showStand(stand) });
    });
  }

  #sent(messages: readonly EndpointMessage[]): void {
    for (const message of messages) {
      if (message.kind === "error") this.#failure = message;
      if (message.kind !== "proposeRunCompletion") continue;
      this.#unanswered++;
      const { completionId, result } = message;
      setImmediate(() => {
        this.#unanswered--;
        this.#stand = undefined;
        const isAcked = this.#journal.version >= 7 && message.requestAck === true;
        this.#attempt?.receive([
          isAcked
            ? { kind: "proposeRunCompletionAck", completionId }
            : { kind: "runCompletion", completionId, result },
        ]);
      });
    }
  }

  #ended(): void {
    if (this.#divergence !== undefined) {
      this.#finish({ outcome: "diverged", divergence: this.#divergence });
    } else if (this.#failure !== undefined) {
      this.#finish({ outcome: "failed", failure: this.#toFailure(this.#failure) });
    } else if (this.#result !== undefined) {
      const { outcome, isRecorded } = this.#result;
      this.#finish({ outcome: "completed", result: showResult(outcome, isRecorded) });
    }
  }

  #toFailure({ code, message, stacktrace, ...related }: ErrorMessage): FailureReport {
    const { last_failure: recorded = "" } = this.#options.recording.invocation;
    const index = related.relatedCommandIndex;
    const name = related.relatedCommandName;
    return {
      code,
      message,
      ...(stacktrace === "" ? {} : { stack: stacktrace }),
      is_recorded: recorded.endsWith(`] ${message}`),
      ...(index === undefined
        ? {}
        : { related_command: name === undefined ? `#${index}` : `#${index} '${name}'` }),
    };
  }

  #runOutOfPatience(): void {
    const { last } = this.#steps;
    const where = last === undefined ? "before its first command" : `after ${last.title}`;
    this.#finish({
      outcome: "stuck",
      message: `the handler has neither ended nor come to rest, ${where}`,
      hint:
        "it waits for something that is not recorded, such as a request or a timer of its own, or " +
        "it does not end: --inspect-brk lets a debugger look at it, --timeout gives it longer",
    });
  }

  #report(ending: Ending): ReplayReport {
    const { invocation, journal } = this.#options.recording;
    const { status, completion_failure: failure } = invocation;
    const hasOutput = journal.some(({ entry_type: type }) => type === "Command: Output");
    const isEnded = status === "completed" && !hasOutput;
    return {
      id: invocation.id,
      target: invocation.target,
      status,
      ...(isEnded ? { ended_from_outside: failure ?? "completed" } : {}),
      protocol_version: this.#journal.version,
      journal_size: journal.length,
      replayed_entries: this.#journal.length,
      steps: this.#steps.report(),
      ...ending,
    };
  }
}
