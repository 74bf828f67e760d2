/** `rejoin call` and `rejoin send`: invoke a handler. */
import { type Command, InvalidArgumentError } from "commander";
import type { Cli } from "../../cli.ts";
import { usageError } from "../../cli-error.ts";
import { parseDuration } from "../../config/duration.ts";
import { parseCallTarget, type TargetOptions } from "../../ingress/call-target.ts";
import type { SendRequest } from "../../ingress/ingress-api.ts";
import { readBody } from "../../input/read-body.ts";
import { formatFields } from "../../render/table.ts";
import { collectPairs, type Pairs } from "../deployments/pairs.ts";
import { awaitOutcome, printOutcome } from "./outcome.ts";

interface CallOptions extends TargetOptions {
  readonly contentType: string;
  readonly header?: Pairs;
  readonly idempotencyKey?: string;
  readonly limitKey?: string;
  readonly json?: boolean;
}

interface SendOptions extends CallOptions {
  /** In milliseconds. */
  readonly delay?: number;
}

const BODY_HELP = `
The body is JSON: as an argument, as @file, or as - from stdin; none for a handler without input.`;

export function addCall(parent: Command, cli: Cli): void {
  const command = parent
    .command("call")
    .alias("invoke")
    .summary("call a handler, and print its result")
    .description("Call a handler, wait for it, and print its result.");
  addCallOptions(command)
    .addHelpText(
      "after",
      `${BODY_HELP}
The result goes to stdout as it is. Ctrl-C stops the waiting, not the invocation. Exits with 5 if the
invocation has failed.

Examples:
  rejoin call greeter/greet '"Ada"'
  rejoin call cart/ada/add '{"article": 7}' --idempotency-key order-7
  echo '{"description": "…"}' | rejoin call worker/run - --json`,
    )
    .action(async (target: string, body: string | undefined, options: CallOptions) => {
      const request = await toRequest(cli, target, body, options);
      const { invocationId: id, status } = await cli.ingress.send(request);
      if (cli.environment.stderr.isTerminal) cli.note(cli.noteColours.dim(id));
      if (status === "PreviouslyAccepted" && options.idempotencyKey === undefined) {
        cli.note(`${id} had been called before: this is its result`);
      }
      printOutcome(cli, { id, outcome: await awaitOutcome(cli, id) }, options);
    });
}

export function addSend(parent: Command, cli: Cli): void {
  const command = parent
    .command("send")
    .summary("call a handler without waiting, now or later")
    .description("Call a handler without waiting for it, and print the id of the invocation.");
  addCallOptions(command)
    .option("--delay <duration>", "not before this time is over, such as 10m or 1d", parseDelay)
    .addHelpText(
      "after",
      `${BODY_HELP}

Examples:
  rejoin send worker/run '{"description": "…"}'
  rejoin send reminders/ada/remind '"stand up"' --delay 1h
  id=$(rejoin send worker/run @task.json --idempotency-key task-1)`,
    )
    .action(async (target: string, body: string | undefined, options: SendOptions) => {
      const delay = options.delay === undefined ? undefined : `${options.delay}ms`;
      const request = await toRequest(cli, target, body, options);
      const sent = await cli.ingress.send({ ...request, delay });
      if (options.json === true) {
        return cli.printJson({
          invocation_id: sent.invocationId,
          status: sent.status,
          ...(sent.executionTime === undefined ? {} : { execution_time: sent.executionTime }),
        });
      }
      cli.print(sent.invocationId);
      const notes = [
        ["note", sent.status === "PreviouslyAccepted" ? "it had been sent before" : undefined],
        ["starts", sent.executionTime],
      ] as const;
      if (notes.some(([, value]) => value !== undefined)) {
        cli.note(formatFields(notes, cli.noteColours));
      }
    });
}

function addCallOptions(command: Command): Command {
  return command
    .argument("<target>", "Service/handler, or Object/key/handler")
    .argument("[body]", "the input")
    .option("--key <key>", "the object's key, instead of in the target")
    .option("--scope <scope>", "run it in this scope")
    .option("--limit-key <key>", "the limit key within the scope")
    .option("--idempotency-key <key>", "the same key gets the same invocation")
    .option("--header <name=value>", "a header for the handler; repeatable", collectPairs)
    .option("--content-type <type>", "what the body is", "application/json")
    .option("--json", "print JSON");
}

async function toRequest(
  cli: Cli,
  target: string,
  body: string | undefined,
  options: CallOptions,
): Promise<SendRequest> {
  const parsed = parseCallTarget(target, options);
  const { contentType } = options;
  const text = body === undefined ? undefined : await readBody(cli, body);
  if (text !== undefined && /^application\/(?:\S+\+)?json\b/i.test(contentType)) assertJson(text);
  return {
    target: parsed,
    body: text,
    contentType: text === undefined ? undefined : contentType,
    headers: options.header ?? {},
    idempotencyKey: options.idempotencyKey,
    limitKey: options.limitKey,
    delay: undefined,
  };
}

function assertJson(text: string): void {
  try {
    JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usageError(
      `the body is no JSON: ${reason}`,
      `a text is written as '"text"'; --content-type says what else the body is`,
    );
  }
}

function parseDelay(text: string): number {
  const delayMs = parseDuration(text);
  if (delayMs === undefined) throw new InvalidArgumentError("Write it as 90s, 10m, 2h or 1d.");
  return delayMs;
}
