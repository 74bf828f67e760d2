/** How an invocation has ended: waiting for it, and printing it. */
import { ClientError } from "@rejoin/client";
import type { Cli } from "../../cli.ts";
import { CliError, EXIT } from "../../cli-error.ts";
import type { Outcome } from "../../ingress/ingress-api.ts";
import { interruptible } from "../../output/interruption.ts";
import { toPayload } from "../invocations/payloads.ts";

/** A server that was there a moment ago may be starting again. */
const RETRIES_MAX = 30;
const RETRY_AFTER_MS = 1000;
/** The server, or something on the way to it, has had enough of waiting. */
const RETRIED_STATUSES = [408, 429, 502, 503, 504];

/** Waits until it has ended, over as many connections as that takes. Ctrl-C leaves it running. */
export function awaitOutcome(cli: Cli, id: string): Promise<Outcome> {
  return interruptible(cli.environment, async ({ race, sleep }) => {
    for (let failures = 0; ; ) {
      const startedAt = cli.environment.now();
      try {
        const told = await race(cli.ingress.attach(id));
        if (told === undefined) throw leftRunning(id);
        return told.value;
      } catch (error) {
        if (!isPassing(error)) throw error;
        const waitedMs = cli.environment.now() - startedAt;
        failures = waitedMs > RETRY_AFTER_MS ? 1 : failures + 1;
        if (failures > RETRIES_MAX) throw error;
        if (failures === 1 && waitedMs < RETRY_AFTER_MS)
          cli.note(`${(error as Error).message}; asking again`);
        if (!(await sleep(RETRY_AFTER_MS))) throw leftRunning(id);
      }
    }
  });
}

function isPassing(error: unknown): boolean {
  if (!(error instanceof ClientError)) return false;
  return error.kind === "unreachable" || RETRIED_STATUSES.includes(error.status ?? 0);
}

function leftRunning(id: string): CliError {
  return new CliError(`stopped waiting for ${id}, which goes on`, {
    exitCode: EXIT.notReady,
    hint: `\`rejoin invocations attach ${id}\` waits for it again, \`cancel\` asks it to end`,
  });
}

export interface Ended {
  readonly id: string;
  readonly outcome: Outcome;
}

/** Throws a {@link CliError} unless it has succeeded. */
export function printOutcome(
  cli: Cli,
  { id, outcome }: Ended,
  { json }: { readonly json?: boolean },
): void {
  if (json === true) cli.printJson({ invocation_id: id, ...toJson(outcome) });
  else if (outcome.kind === "succeeded") cli.print(toPayload(outcome.value).text);
  switch (outcome.kind) {
    case "failed": {
      const { code, message } = outcome.failure;
      throw new CliError(`${id} has failed: [${code}] ${message}`, {
        exitCode: EXIT.invocationFailed,
        hint: `\`rejoin invocations describe ${id}\` shows its journal`,
      });
    }
    case "not-ready":
      throw new CliError(`${id} has not completed yet`, { exitCode: EXIT.notReady });
    default:
  }
}

function toJson(outcome: Outcome): object {
  switch (outcome.kind) {
    case "succeeded": {
      const { text, json } = toPayload(outcome.value);
      const type = outcome.contentType === undefined ? {} : { content_type: outcome.contentType };
      return { status: "succeeded", ...type, output: json === undefined ? text : json };
    }
    case "failed":
      return { status: "failed", failure: outcome.failure };
    case "not-ready":
      return { status: "not-ready" };
  }
}
