/** Does what a replay job asks: in a process of its own, for it loads a program of the user. */
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { CliError } from "../../cli-error.ts";
import { parseRecording, type Recording } from "../recording.ts";
import { formatStep } from "../render-report.ts";
import type { ReplayJob, ReplayReport } from "../report.ts";
import { drive } from "./drive.ts";
import { findSdk, HeldBack, loadEndpoint } from "./load-entry.ts";
import { Locations } from "./locations.ts";

/** Many a program connects to a database before it serves. */
const PATIENCE_MS = 5000;

/** Writes the report; rejects only if that cannot be done. */
export async function replayJob(job: ReplayJob): Promise<void> {
  const recording = parseRecording(await readFile(job.recording, "utf8"), job.recording);
  const report = await run(job, recording);
  await writeFile(job.report, JSON.stringify(report));
}

async function run(job: ReplayJob, recording: Recording): Promise<ReplayReport> {
  try {
    return await replay(job, recording);
  } catch (error) {
    if (error instanceof CliError) return unusable(recording, error);
    throw error;
  }
}

async function replay(job: ReplayJob, recording: Recording): Promise<ReplayReport> {
  const { target_service_name: service, target_handler_name: handler } = recording.invocation;
  const { timeoutMs, isDebugged, execute, until } = job;
  // This process ends with the replay: nothing in it will ever serve.
  const held = new HeldBack();
  const endpoint = await loadEndpoint(job.entry, service, { held, patienceMs: PATIENCE_MS });
  const locations = new Locations({ ownDirectories: ownDirectories(job.entry), cwd: job.cwd });
  if (isDebugged) {
    // biome-ignore lint/suspicious/noDebugger: the sources are loaded, and the handler comes next
    debugger;
  }
  return await drive({
    recording,
    locations,
    until,
    open: (observer) => {
      const opened = endpoint.createReplay(endpoint.options, { observer, execute });
      assertHandler(opened.handlers.get(service), service, handler);
      return opened;
    },
    after: timeoutMs === undefined ? undefined : (callback) => after(timeoutMs, callback),
    ...(isDebugged ? { onStep: (step) => void process.stderr.write(`${formatStep(step)}\n`) } : {}),
  });
}

function assertHandler(handlers: readonly string[] = [], service: string, handler: string): void {
  if (handlers.includes(handler)) return;
  throw new CliError(`service ${service} has no handler ${handler}; it has ${handlers.join(", ")}`);
}

function after(delayMs: number, callback: () => void): () => void {
  const timer = setTimeout(callback, delayMs);
  return () => clearTimeout(timer);
}

function unusable(recording: Recording, { message, hint }: CliError): ReplayReport {
  const { id, target, status } = recording.invocation;
  return {
    outcome: "unusable",
    id,
    target,
    status,
    protocol_version: recording.start.protocol_version,
    journal_size: recording.journal.length,
    replayed_entries: 0,
    steps: [],
    message,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** The SDKs that may be at work, and this program, of which source maps speak as it was written. */
function ownDirectories(entry: string): readonly string[] {
  const own = fileURLToPath(import.meta.url);
  const packageDirectory = resolve(own, "../../../..");
  return [
    findSdk(entry),
    findSdk(own),
    join(packageDirectory, "dist"),
    join(packageDirectory, "src", "replay"),
  ].filter((directory) => directory !== undefined);
}
