/** A replay as text. */
import type { Colours } from "../render/colours.ts";
import type {
  AwaitReport,
  DivergenceReport,
  FailureReport,
  ReplayReport,
  ResultReport,
  StandReport,
  StepReport,
} from "./report.ts";

/** Commands that are shown; of more, the first and the last. */
const STEPS_MAX = 200;
const RESULTS_MAX = 5;
const VALUE_CHARS_MAX = 500;
const STACK_FRAMES_MAX = 5;

export function renderReport(report: ReplayReport, colours: Colours): string {
  const { id, target, status, protocol_version, journal_size, replayed_entries } = report;
  const head =
    `${colours.bold(target)} ${colours.dim(id)}\n` +
    `${status}, protocol version ${protocol_version}, ` +
    `${replayed_entries} of ${journal_size} journal entries\n`;
  const parts = [head, ...renderSteps(report.steps, colours), "", ...renderEnd(report, colours)];
  return `${parts.join("\n")}\n`;
}

/** `#3 run 'charge'  as recorded → 12 bytes  src/app.ts:12:5` */
export function formatStep(step: StepReport, colours?: Colours): string {
  const { command_index: index, title, match, outcome, at } = step;
  const parts = [
    `  #${index} ${title}`,
    paintMatch(match, colours),
    outcome === undefined ? undefined : `→ ${outcome}`,
    at === undefined ? undefined : (colours?.dim(at) ?? at),
  ];
  return parts.filter((part) => part !== undefined).join("  ");
}

const MATCHES = { recorded: "as recorded", new: "new", differs: "differs" } as const;

function paintMatch(match: StepReport["match"], colours: Colours | undefined): string {
  const text = MATCHES[match];
  if (colours === undefined) return text;
  if (match === "recorded") return colours.green(text);
  return match === "new" ? colours.yellow(text) : colours.red(text);
}

function renderSteps(steps: readonly StepReport[], colours: Colours): readonly string[] {
  if (steps.length === 0) return [colours.dim("  (no commands)")];
  const show = (step: StepReport) => formatStep(step, colours);
  if (steps.length <= STEPS_MAX) return steps.map(show);
  const half = STEPS_MAX / 2;
  const hidden = colours.dim(`  … ${steps.length - STEPS_MAX} more; --json has all …`);
  return [...steps.slice(0, half).map(show), hidden, ...steps.slice(-half).map(show)];
}

function renderEnd(report: ReplayReport, colours: Colours): readonly string[] {
  switch (report.outcome) {
    case "completed":
      return renderResult(report.result, colours);
    case "stands":
      return renderStand(report, report.stand, colours);
    case "diverged":
      return renderDivergence(report.divergence, colours);
    case "failed":
      return renderFailure(report.failure, colours);
    case "stuck":
    case "unusable":
      return [colours.red(report.message ?? report.outcome)];
  }
}

function renderResult(result: ResultReport | undefined, colours: Colours): readonly string[] {
  if (result === undefined) return [];
  const { kind, is_recorded: isRecorded, value, code, message } = result;
  const what = kind === "value" ? showValue(value) : `failed: [${code}] ${message}`;
  const how = isRecorded
    ? colours.green("completes as recorded")
    : colours.yellow("would complete now, which is not recorded");
  return [`${how}: ${what}`];
}

function renderStand(
  report: ReplayReport,
  stand: StandReport | undefined,
  colours: Colours,
): readonly string[] {
  const { ended_from_outside: ended, status, journal_size, replayed_entries: replayed } = report;
  const how =
    replayed < journal_size
      ? `stands here after journal entry ${replayed - 1}, and there are more`
      : `stands here, with all that is recorded repeated (it is ${status})`;
  const lines = [colours.green(how)];
  if (ended !== undefined) lines.push(`it was not its handler that ended it: ${ended}`);
  for (const own of stand?.would_execute ?? []) {
    const at = own.at === undefined ? "" : ` at ${own.at}`;
    lines.push(
      `${colours.yellow("would execute")} run '${own.name}' now (#${own.command_index}${at})`,
    );
  }
  return [...lines, ...(stand?.awaiting ?? []).flatMap((own) => renderAwait(own, colours))];
}

function renderAwait({ count, results, stack }: AwaitReport, colours: Colours): readonly string[] {
  const [only] = results;
  const lines =
    count === 1 && only !== undefined
      ? [`awaits ${describeResult(only)}`]
      : [
          `awaits ${count} results`,
          ...results.slice(0, RESULTS_MAX).map((own) => `    ${describeResult(own)}`),
          ...(count > RESULTS_MAX ? [`    … ${count - Math.min(count, RESULTS_MAX)} more`] : []),
        ];
  return [...lines, ...renderStack(stack, colours)];
}

function describeResult({ title, command_index: index, at }: AwaitReport["results"][number]) {
  const issued = at === undefined ? "" : `, issued at ${at}`;
  return index === undefined ? title : `${title} (#${index}${issued})`;
}

function renderStack(stack: readonly string[], colours: Colours): readonly string[] {
  return stack.slice(0, STACK_FRAMES_MAX).map((frame) => colours.dim(`    at ${frame}`));
}

function renderDivergence(
  divergence: DivergenceReport | undefined,
  colours: Colours,
): readonly string[] {
  if (divergence === undefined) return [];
  const { command_index: index, entry_index: entry, expected, actual } = divergence;
  const place = entry === undefined ? "" : `, journal entry ${entry}`;
  return [
    colours.red(`parts from the journal at command #${index}${place}`),
    colours.green(`  recorded:  ${expected?.title ?? "nothing more"}`),
    colours.red(`  this code: ${actual?.title ?? "only awaits"}`),
    ...divergence.differences.map((line) => `    ${line}`),
    ...renderStack(divergence.stack, colours),
    ...divergence.awaiting.flatMap((own) => renderAwait(own, colours)),
    "the code has changed since, or it is not deterministic: what is random, depends on the time or " +
      "comes from outside belongs into ctx.run",
  ];
}

function renderFailure(failure: FailureReport | undefined, colours: Colours): readonly string[] {
  if (failure === undefined) return [];
  const { code, message, stack, is_recorded: isRecorded, related_command: related } = failure;
  const known = isRecorded ? "as its last attempt did" : "which is not its last recorded failure";
  return [
    colours.red(`fails, ${known}: [${code}] ${message}`),
    ...(related === undefined ? [] : [`related command: ${related}`]),
    ...(stack === undefined ? [] : [colours.dim(stack)]),
  ];
}

function showValue(value: unknown): string {
  if (value === undefined || value === "") return "nothing";
  const text = JSON.stringify(value);
  return text.length > VALUE_CHARS_MAX ? `${text.slice(0, VALUE_CHARS_MAX)}…` : text;
}
