/** Replays in a process of its own, which loads the user's program as `rejoin up` does. */
import { dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { AdminClient } from "@rejoin/client";
import { CliError, usageError } from "../cli-error.ts";
import type { CliEnvironment } from "../environment/cli-environment.ts";
import { loaderArgs } from "../up/app.ts";
import { fetchRecording } from "./fetch-recording.ts";
import { parseRecording, type Recording } from "./recording.ts";
import type { ReplayJob, ReplayReport } from "./report.ts";

export interface ReplayRequest {
  /** An invocation's id, or a file with its recording. */
  readonly source: string;
  /** The user's program. */
  readonly entry: string;
  readonly until: number | undefined;
  readonly execute: boolean;
  /** How long the handler may take; without a debugger. */
  readonly timeoutMs: number;
  /** Options of Node, such as `--inspect-brk`. */
  readonly inspect: readonly string[];
}

/** What a process needs to begin and to end, besides the time that its handler has. */
const START_MS = 30_000;
const INVOCATION_ID = /^inv_[0-9A-Za-z]+$/;

/** Throws a {@link CliError} if there is nothing to replay, or the process has failed. */
export async function runReplay(
  environment: CliEnvironment,
  admin: () => AdminClient,
  request: ReplayRequest,
): Promise<ReplayReport> {
  const { files, cwd } = environment;
  const entry = resolve(cwd, request.entry);
  if (!(await files.exists(entry))) {
    throw usageError(
      `there is no file ${request.entry}`,
      "--entry takes the file that serves the service, or exports it",
    );
  }
  const recording = await readRecording(environment, admin, request.source);
  assertUntil(recording, request.until);
  const directory = await files.makeTemporaryDirectory("rejoin-replay-");
  try {
    const job: ReplayJob = {
      recording: join(directory, "recording.json"),
      entry,
      report: join(directory, "report.json"),
      cwd,
      execute: request.execute,
      isDebugged: request.inspect.length > 0,
      ...(request.until === undefined ? {} : { until: request.until }),
      ...(request.inspect.length > 0 ? {} : { timeoutMs: request.timeoutMs }),
    };
    await files.writeText(job.recording, JSON.stringify(recording));
    await files.writeText(join(directory, "job.json"), JSON.stringify(job));
    return await runProcess(environment, request, job);
  } finally {
    await files.remove(directory);
  }
}

async function readRecording(
  environment: CliEnvironment,
  admin: () => AdminClient,
  source: string,
): Promise<Recording> {
  const { files, cwd } = environment;
  const path = resolve(cwd, source);
  if (await files.exists(path)) return parseRecording(await files.readText(path), source);
  if (INVOCATION_ID.test(source)) return fetchRecording(admin(), source, environment.now());
  throw usageError(
    `${source} is neither a file nor the id of an invocation`,
    "`rejoin invocations list` shows ids, which begin with inv_",
  );
}

function assertUntil({ journal }: Recording, until: number | undefined): void {
  if (until === undefined || until < journal.length) return;
  throw usageError(
    `the journal has no entry ${until}: its last one is ${journal.length - 1}`,
    "--until takes the index of a journal entry, as `rejoin invocations describe` shows it",
  );
}

async function runProcess(
  environment: CliEnvironment,
  request: ReplayRequest,
  job: ReplayJob,
): Promise<ReplayReport> {
  const { files } = environment;
  const program = environment.startProgram({
    args: [
      ...request.inspect,
      ...loaderArgs(environment, job.entry),
      "--enable-source-maps",
      childModule(environment),
      join(dirname(job.report), "job.json"),
    ],
    cwd: environment.cwd,
    variables: quietVariables(environment),
    onListening: () => undefined,
  });
  let isLate = false;
  const stopWaiting =
    job.timeoutMs === undefined
      ? () => undefined
      : environment.after(job.timeoutMs + START_MS, () => {
          isLate = true;
          program.kill("SIGKILL");
        });
  const ignoreSignals = environment.onSignal(() => program.kill("SIGTERM"));
  const end = await program.ended;
  stopWaiting();
  ignoreSignals();
  if (await files.exists(job.report)) return JSON.parse(await files.readText(job.report));
  if (isLate) {
    throw new CliError(`${request.entry} has kept its process busy and was ended`, {
      hint: "is there a loop without an await? --inspect-brk lets a debugger look at it",
    });
  }
  const how = end.kind === "exit" ? `with exit code ${end.code}` : `by ${end.signal}`;
  throw new CliError(`the process of ${request.entry} ended before the replay was over, ${how}`);
}

/** The report says what happens: the SDK's own lines about it would say it again. */
function quietVariables({ variables }: CliEnvironment): Readonly<Record<string, string>> {
  const isSet = ["REJOIN_LOGGING", "RESTATE_LOGGING"].some((name) => variables[name] !== undefined);
  return isSet ? {} : { REJOIN_LOGGING: "error" };
}

/** It shares the SDK with the service: so it is not in one file with this, wherever this is. */
function childModule({ packageDirectory }: CliEnvironment): string {
  const own = fileURLToPath(import.meta.url);
  return extname(own) === ".ts"
    ? join(dirname(own), "child/main.ts")
    : join(packageDirectory, "dist/replay/child/main.js");
}
