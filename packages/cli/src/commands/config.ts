/** `rejoin config …`: the environments that servers live in. */
import { dirname } from "node:path";
import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import { CliError, usageError } from "../cli-error.ts";
import {
  hasCredentials,
  LOCAL_ADMIN_URL,
  LOCAL_INGRESS_URL,
  toServerUrl,
  toUrl,
} from "../connection.ts";
import {
  formatProfile,
  LOCAL,
  PROFILE_NAME,
  type Profile,
  parseProfiles,
} from "../contexts/profiles.ts";
import { editText } from "../input/editor.ts";
import { formatFields, formatTable } from "../render/table.ts";

const NO_PROFILE: Profile = { adminUrl: undefined, ingressUrl: undefined, token: undefined };
const EMPTY_FILE = `# Environments of the rejoin command: rejoin -e staging …
#
# [staging]
# admin_base_url = "https://admin.staging.example.com"
# ingress_base_url = "https://ingress.staging.example.com"
# bearer_token = "…"
`;

export function addConfig(parent: Command, cli: Cli): void {
  const group = parent
    .command("config")
    .summary("choose among servers: environments by name")
    .description("An environment is a server by name: where it is, and the token for it.");
  addList(group, cli);
  addUse(group, cli);
  addAdd(group, cli);
  addView(group, cli);
  addEdit(group, cli);
}

function addList(group: Command, cli: Cli): void {
  group
    .command("list-environments")
    .alias("ls")
    .summary("list the environments")
    .description("List the environments; the one in use is marked.")
    .option("--json", "print JSON")
    .action(({ json }: { readonly json?: boolean }) => {
      assertReadable(cli);
      const profiles = new Map([[LOCAL, NO_PROFILE], ...cli.settings.profiles]);
      const current = currentOf(cli);
      const environments = [...profiles].map(([name, profile]) => ({
        name,
        current: name === current,
        admin_base_url: shown(profile.adminUrl) ?? (name === LOCAL ? LOCAL_ADMIN_URL : null),
        ingress_base_url: shown(profile.ingressUrl) ?? (name === LOCAL ? LOCAL_INGRESS_URL : null),
        has_token: profile.token !== undefined,
      }));
      if (json === true) return cli.printJson({ environments });
      const rows = environments.map((own) => [
        own.current ? "*" : "",
        own.name,
        own.admin_base_url ?? "",
        own.ingress_base_url ?? "",
        own.has_token ? "set" : "",
      ]);
      cli.print(formatTable(["", "NAME", "ADMIN", "INGRESS", "TOKEN"], rows, cli.colours));
    });
}

/** One with a password is not for the terminal, and is refused where it is used. */
function shown(url: string | undefined): string | undefined {
  return url !== undefined && hasCredentials(toUrl(url)) ? "(has a password)" : url;
}

/** What was chosen, whether or not it exists. */
function currentOf(cli: Cli): string {
  try {
    return cli.connection.environment.name;
  } catch (error) {
    if (error instanceof CliError) return "";
    throw error;
  }
}

function addUse(group: Command, cli: Cli): void {
  group
    .command("use-environment")
    .alias("use")
    .summary("use an environment from now on")
    .description("Use an environment whenever neither a flag nor a variable says otherwise.")
    .argument("<name>", "as `rejoin config list-environments` shows it")
    .action(async (name: string) => {
      assertReadable(cli);
      const { profiles } = cli.settings;
      if (name !== LOCAL && !profiles.has(name)) {
        throw new CliError(`there is no environment ${name}`, {
          hint: `there are ${[...new Set([LOCAL, ...profiles.keys()])].join(", ")}`,
        });
      }
      await cli.environment.files.writeText(pathOf(cli, "currentFile"), `${name}\n`);
      cli.note(`using ${name} from now on`);
    });
}

interface AddOptions {
  readonly admin: string;
  readonly ingress?: string;
  readonly token?: string;
  readonly use?: boolean;
}

function addAdd(group: Command, cli: Cli): void {
  group
    .command("add-environment")
    .alias("add")
    .summary("add an environment")
    .description("Add an environment to the file of environments.")
    .argument("<name>", "its name")
    .requiredOption("--admin <url>", "its admin API")
    .option("--ingress <url>", "its ingress; by default the one that its server advertises")
    .option("--token <token>", "the bearer token for both")
    .option("--use", "use it from now on")
    .addHelpText(
      "after",
      `
Examples:
  rejoin config add-environment staging --admin https://admin.staging.example.com \\
    --ingress https://ingress.staging.example.com --token "$TOKEN" --use
  rejoin -e staging invocations list`,
    )
    .action((name: string, options: AddOptions) => add(cli, name, options));
}

async function add(cli: Cli, name: string, options: AddOptions): Promise<void> {
  assertReadable(cli);
  if (!PROFILE_NAME.test(name)) {
    throw usageError(`${JSON.stringify(name)} is no name`, "letters, digits, . _ and - will do");
  }
  const { files } = cli.environment;
  const path = pathOf(cli, "configFile");
  const before = (await files.exists(path)) ? await files.readText(path) : "";
  if (cli.settings.profiles.has(name)) {
    throw new CliError(`there is an environment ${name} already, in ${path}`, {
      hint: "`rejoin config edit` changes it",
    });
  }
  const adminUrl = toServerUrl(options.admin, "--admin");
  const profile: Profile = {
    adminUrl,
    ingressUrl:
      options.ingress === undefined ? undefined : toServerUrl(options.ingress, "--ingress"),
    token: options.token,
  };
  for (const url of [profile.adminUrl, profile.ingressUrl]) {
    if (url === undefined || URL.canParse(url)) continue;
    throw usageError(`${JSON.stringify(url)} is no URL`, "write it as http://host:port");
  }
  const gap = before === "" || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
  await files.writeText(path, `${before}${gap}${formatProfile(name, profile)}`, { isSecret: true });
  if (options.use === true) await files.writeText(pathOf(cli, "currentFile"), `${name}\n`);
  cli.note(`added ${name} to ${path}${options.use === true ? ", and using it from now on" : ""}`);
}

function addView(group: Command, cli: Cli): void {
  group
    .command("view")
    .summary("show which environment is in use, and why")
    .description("Show which environment is in use and why, and which files say so.")
    .option("--json", "print JSON")
    .action(({ json }: { readonly json?: boolean }) => {
      const { environment, admin, ingress } = cli.connection;
      const { configFile, currentFile, dotenvFile, problem } = cli.settings;
      if (json === true) {
        const endpoints = [admin, ingress].map(({ url, source }) => ({ url, source }));
        return cli.printJson({
          environment,
          admin: endpoints[0],
          ingress: endpoints[1],
          config_file: configFile ?? null,
          environment_file: currentFile ?? null,
          dotenv_file: dotenvFile ?? null,
          problem: problem ?? null,
        });
      }
      const fields = [
        ["environment", `${environment.name} (${environment.source})`],
        ["admin", `${admin.url} (${admin.source})`],
        ["ingress", `${ingress.url} (${ingress.source})`],
        ["config file", configFile],
        ["environment file", currentFile],
        [".env", dotenvFile],
        ["problem", problem],
      ] as const;
      cli.print(formatFields(fields, cli.colours));
    });
}

function addEdit(group: Command, cli: Cli): void {
  group
    .command("edit")
    .summary("open the file of environments in your editor")
    .description(
      "Open the file of environments in your editor: REJOIN_EDITOR, VISUAL, EDITOR or vi.",
    )
    .action(async () => {
      const { files } = cli.environment;
      const path = pathOf(cli, "configFile");
      const text = (await files.exists(path)) ? await files.readText(path) : EMPTY_FILE;
      const edited = await editText(cli, {
        fileName: "config.toml",
        text,
        parse: async (next) => {
          await parseProfiles(next);
          return next;
        },
      });
      if (edited === undefined) return cli.note("nothing was changed");
      await files.writeText(path, edited, { isSecret: true });
      cli.note(`changed ${path}`);
    });
}

function pathOf({ settings }: Cli, file: "configFile" | "currentFile"): string {
  const path = settings[file];
  if (path !== undefined && dirname(path) !== path) return path;
  throw new CliError("there is no home directory to keep environments in", {
    hint: "set REJOIN_CLI_CONFIG_HOME to a directory",
  });
}

function assertReadable({ settings: { problem } }: Cli): void {
  if (problem === undefined) return;
  throw new CliError(`the environments cannot be read: ${problem}`, {
    hint: "`rejoin config edit` opens the file",
  });
}
