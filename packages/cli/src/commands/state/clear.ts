/** `rejoin state clear` */
import type { Command } from "commander";
import type { Cli } from "../../cli.ts";
import { CliError, declined, EXIT, usageError } from "../../cli-error.ts";
import { openProgress } from "../../output/progress.ts";
import { ASYNCHRONOUS, type ChangeStateOptions, nameOf, submit } from "./change-state.ts";
import { listObjects } from "./list-objects.ts";
import { type ObjectName, readState } from "./read-state.ts";

interface ClearOptions extends ChangeStateOptions {
  readonly scope?: string;
  readonly all?: boolean;
}

const SHOWN_MAX = 10;

export function addClearState(parent: Command, cli: Cli): void {
  parent
    .command("clear")
    .summary("clear the state of an object, or of all of a service")
    .description("Clear the state of one object, or with --all that of every object of a service.")
    .argument("<service>", "the virtual object or workflow, or Service/key")
    .argument("[key]", "its key")
    .option("--scope <scope>", "of objects in this scope")
    .option("--all", "every object of the service")
    .option("-f, --force", "whatever the state is by then")
    .option("-y, --yes", "do not ask")
    .option("--json", "print what was cleared as JSON")
    .addHelpText(
      "after",
      `${ASYNCHRONOUS}\n\nExamples:\n  rejoin state clear cart ada\n  rejoin state clear cart --all`,
    )
    .action(async (name: string, given: string | undefined, options: ClearOptions) => {
      const slash = name.indexOf("/");
      const service = slash < 0 ? name : name.slice(0, slash);
      const key = given ?? (slash < 0 ? undefined : name.slice(slash + 1));
      if ((key === undefined) === (options.all !== true)) {
        throw usageError("say one key, or --all for every object of the service");
      }
      await clear(cli, await findObjects(cli, { service, key, scope: options.scope }), options);
    });
}

async function findObjects(
  cli: Cli,
  {
    service,
    key,
    scope,
  }: {
    readonly service: string;
    readonly key: string | undefined;
    readonly scope: string | undefined;
  },
): Promise<readonly ObjectName[]> {
  if (key !== undefined) return [{ service, key, scope }];
  const { objects } = await listObjects(cli.admin, service, {
    ...(scope === undefined ? {} : { scope }),
    limit: Number.MAX_SAFE_INTEGER,
  });
  return objects
    .filter(({ state_keys }) => state_keys > 0)
    .map((own) => ({ service, key: own.key, scope: own.scope ?? scope }));
}

async function clear(
  cli: Cli,
  objects: readonly ObjectName[],
  options: ClearOptions,
): Promise<void> {
  if (objects.length === 0) {
    if (options.json === true) cli.printJson({ cleared: [], failed: [] });
    return cli.note("there is no state to clear");
  }
  const names = objects.slice(0, SHOWN_MAX).map(({ service, key }) => `  ${service}/${key}`);
  const more = objects.length > SHOWN_MAX ? [`  … ${objects.length - SHOWN_MAX} more`] : [];
  cli.note(["to be cleared:", ...names, ...more].join("\n"));
  const what = objects.length === 1 ? "it" : `these ${objects.length}`;
  if (!(await cli.confirm(`Clear ${what}?`, options))) throw declined();
  const cleared: object[] = [];
  const failed: object[] = [];
  const progress = await openProgress(cli, "clear", objects.length);
  try {
    for (const object of objects) {
      try {
        const before = options.force === true ? [] : await readState(cli.admin, object);
        await submit(cli, { object, before, after: [] }, options);
        cleared.push(nameOf(object));
      } catch (error) {
        if (objects.length === 1) throw error;
        failed.push({
          ...nameOf(object),
          error: error instanceof Error ? error.message : String(error),
        });
      }
      progress.update(cleared.length + failed.length, failed.length);
    }
  } finally {
    progress.close();
  }
  if (options.json === true) cli.printJson({ cleared, failed });
  else cli.note(`submitted: ${cleared.length} of ${objects.length} cleared`);
  if (failed.length === 0) return;
  throw new CliError(`${failed.length} of ${objects.length} could not be cleared`, {
    exitCode: cleared.length > 0 ? EXIT.partial : EXIT.failure,
    hint: "--force clears them whatever their state is by then; --json lists them",
  });
}
