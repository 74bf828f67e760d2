/** `rejoin state patch` */
import type { Command } from "commander";
import type { Cli } from "../../cli.ts";
import { CliError, usageError } from "../../cli-error.ts";
import { readBody } from "../../input/read-body.ts";
import { ASYNCHRONOUS, changeState } from "./change-state.ts";
import type { EditOptions } from "./edit.ts";
import { type ObjectName, readState } from "./read-state.ts";
import { fromDocument, type StateDocument, toDocument } from "./state-document.ts";

interface PatchOptions extends EditOptions {
  readonly patch: string;
}

export function addPatchState(parent: Command, cli: Cli): void {
  parent
    .command("patch")
    .summary("change the state of an object by a JSON patch")
    .description("Change the state of an object by a JSON patch (RFC 6902) of names and values.")
    .argument("<service>", "the virtual object or workflow")
    .argument("<key>", "its key")
    .requiredOption("-p, --patch <patch>", "the patch, @file, or - for stdin")
    .option("--scope <scope>", "of the object in this scope")
    .option("--binary", "values as base64, also those that are no JSON")
    .option("-f, --force", "whatever the state is by then")
    .option("-y, --yes", "do not ask")
    .option("--json", "print what was changed as JSON")
    .addHelpText(
      "after",
      `${ASYNCHRONOUS}

Examples:
  rejoin state patch cart ada -p '[{"op": "replace", "path": "/count", "value": 3}]'
  rejoin state patch cart ada -p '[{"op": "test", "path": "/open", "value": true},
    {"op": "remove", "path": "/items/0"}]' --yes`,
    )
    .action(async (service: string, key: string, options: PatchOptions) => {
      const patch = parsePatch(await readBody(cli, options.patch));
      const object: ObjectName = { service, key, scope: options.scope };
      const binary = options.binary === true;
      const before = await readState(cli.admin, object);
      const document = await applyPatch(structuredClone(toDocument(before, binary)), patch);
      await changeState(
        cli,
        { object, before, after: fromDocument(document, before, binary) },
        options,
      );
    });
}

type Patch = readonly { readonly op: string; readonly path: string; readonly from?: string }[];

function parsePatch(text: string): Patch {
  let patch: unknown;
  try {
    patch = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usageError(`the patch is no JSON: ${reason}`);
  }
  const isStep = (step: unknown) =>
    typeof step === "object" && step !== null && "op" in step && "path" in step;
  if (!Array.isArray(patch) || !patch.every(isStep)) {
    throw usageError(
      "the patch is no JSON patch",
      `write it as '[{"op": "replace", "path": "/name", "value": 1}]'`,
    );
  }
  for (const [index, step] of (patch as Patch).entries()) checkNames(step, index);
  return patch as Patch;
}

/** What applies the patch steps over these names, and would change what lies above them. */
const UNREACHABLE = ["__proto__", "constructor", "prototype"];

function checkNames({ path, from }: Patch[number], index: number): void {
  for (const pointer of [path, from]) {
    const name = String(pointer ?? "")
      .split("/")
      .find((part) => UNREACHABLE.includes(part));
    if (name === undefined) continue;
    throw usageError(
      `step ${index} of the patch has the path ${pointer}: a patch does not reach ${name}`,
      "`rejoin state edit` does",
    );
  }
}

/** All of its steps or none. */
async function applyPatch(document: StateDocument, patch: Patch): Promise<StateDocument> {
  const rfc6902 = await import("rfc6902");
  const problems = rfc6902.applyPatch(document, patch as Parameters<typeof rfc6902.applyPatch>[1]);
  const index = problems.findIndex((problem) => problem !== null);
  const problem = problems[index];
  if (problem === null || problem === undefined) return document;
  const step = patch[index];
  throw new CliError(
    `step ${index} of the patch (${step?.op} ${step?.path}) does not fit the state: ${problem.message || problem.name}`,
  );
}
