/**
 * Which invocations a command is about: ids, targets or beginnings of them (`Service`,
 * `Service/handler`, `Object/key`, `Object/key/handler`), the options that filter, or ids from stdin.
 */
import type { InvocationFilter, InvocationResource } from "@rejoin/client";
import { IdError, parseInvocationId } from "@rejoin/protocol";
import type { Cli } from "../../cli.ts";
import { CliError, usageError } from "../../cli-error.ts";
import { readInput } from "../../input/read-input.ts";
import { type FilterOptions, toFilter } from "./filter-options.ts";
import { listInvocations } from "./pages.ts";

/** What a query that is a `-` stands for. */
const FROM_INPUT = "-";
/** So many are named when there are too many. */
const NAMED_MAX = 5;

export interface Query {
  /** Those of them that are ids. */
  readonly ids: readonly string[];
  /** The one of them that is not, with what the options say. */
  readonly filter: InvocationFilter | undefined;
}

export const QUERY_HELP = `
An invocation is named by its id. Several are named by ids, by - for ids on stdin, by a target
(Service, Service/handler, Object/key, Object/key/handler), by options that filter, or by both.`;

/** A filter without anything in it is every invocation there is. */
export async function parseQuery(
  cli: Cli,
  texts: readonly string[],
  options: FilterOptions,
): Promise<Query> {
  const words = (await Promise.all(texts.map((text) => expand(cli, text)))).flat();
  const ids = words.filter((word) => word.startsWith("inv_"));
  for (const id of ids) assertId(id);
  const targets = words.filter((word) => !word.startsWith("inv_"));
  const filter = toFilter(cli, options);
  const isFiltered = Object.keys(filter).length > 0;
  if (targets.length > 1) {
    throw usageError(
      `these are ${targets.length} targets: ${targets.join(", ")}`,
      "name one target at a time; of ids there may be many",
    );
  }
  if (ids.length > 0 && (isFiltered || targets.length > 0)) {
    throw usageError(
      "ids go neither with a target nor with options that filter",
      "leave one of them out",
    );
  }
  const [target] = targets;
  if (ids.length > 0 || texts.includes(FROM_INPUT))
    return { ids: [...new Set(ids)], filter: undefined };
  return { ids: [], filter: target === undefined ? filter : { ...filter, target } };
}

async function expand(cli: Cli, text: string): Promise<readonly string[]> {
  if (text !== FROM_INPUT) return [text];
  const input = await readInput(cli, "ids");
  const words = input.split(/\s+/).filter((word) => word !== "");
  const other = words.find((word) => !word.startsWith("inv_"));
  if (other !== undefined) {
    throw usageError(`${JSON.stringify(other)} on stdin is no id of an invocation`);
  }
  return words;
}

function assertId(id: string): void {
  try {
    parseInvocationId(id);
  } catch (error) {
    if (!(error instanceof IdError)) throw error;
    throw usageError(`${id} is no id of an invocation: ${error.message}`, "is it complete?");
  }
}

/** The id of the one invocation that is meant; a target will do if it has only one. */
export async function resolveOne(
  cli: Cli,
  text: string,
  filter: InvocationFilter = {},
): Promise<string> {
  if (text.startsWith("inv_")) return text;
  const { invocations, isCut } = await listInvocations(
    cli.admin,
    { ...filter, target: text },
    NAMED_MAX + 1,
  );
  const [first, ...others] = invocations;
  if (first === undefined) {
    throw new CliError(`there is no invocation of ${text}`, {
      hint: "`rejoin invocations list` shows what there is; an id begins with inv_",
    });
  }
  if (others.length === 0) return first.id;
  throw ambiguous(text, invocations, isCut);
}

function ambiguous(
  text: string,
  invocations: readonly InvocationResource[],
  isCut: boolean,
): CliError {
  const shown = invocations.slice(0, NAMED_MAX);
  const lines = shown.map(({ id, target, status }) => `  ${id}  ${target}  ${status}`);
  const more = isCut || invocations.length > shown.length ? ["  …"] : [];
  return new CliError(
    [`${text} fits several invocations, and this is about one:`, ...lines, ...more].join("\n"),
    { hint: "say the id of the one that you mean" },
  );
}
