/** What every command works with. */
import { type AdminClient, createAdminClient } from "@rejoin/client";
import { usageError } from "./cli-error.ts";
import { type Connection, type ConnectionFlags, resolveConnection } from "./connection.ts";
import type { Settings } from "./contexts/settings.ts";
import type { CliEnvironment, OutputStream } from "./environment/cli-environment.ts";
import { IngressApi } from "./ingress/ingress-api.ts";
import { type Colours, createColours } from "./render/colours.ts";
import { sanitize } from "./render/sanitize.ts";

/** Discovery, which the server retries, must fit. */
const ADMIN_TIMEOUT_MS = 60_000;

export interface GlobalFlags extends ConnectionFlags {
  /** In milliseconds. */
  readonly requestTimeout?: number;
}

/** The surroundings, the server, and the two streams: data goes to stdout, all else to stderr. */
export class Cli {
  readonly environment: CliEnvironment;
  /** Of stdout. */
  readonly colours: Colours;
  /** Of stderr. */
  readonly noteColours: Colours;
  /** What was set up beforehand. */
  readonly settings: Settings;
  readonly #flags: () => GlobalFlags;

  constructor(environment: CliEnvironment, settings: Settings, flags: () => GlobalFlags) {
    this.environment = environment;
    this.settings = settings;
    this.colours = createColours(environment, environment.stdout);
    this.noteColours = createColours(environment, environment.stderr);
    this.#flags = flags;
  }

  get connection(): Connection {
    return resolveConnection(this.environment, this.#flags(), this.settings);
  }

  get admin(): AdminClient {
    const { url, token } = this.connection.admin;
    return createAdminClient({
      url,
      fetch: this.environment.fetch,
      timeoutMs: this.#flags().requestTimeout ?? ADMIN_TIMEOUT_MS,
      ...(token === undefined ? {} : { token }),
    });
  }

  get ingress(): IngressApi {
    const { url, token } = this.connection.ingress;
    return new IngressApi({ url, token, environment: this.environment });
  }

  /** Data. */
  print(text: string): void {
    if (text === "") return;
    writeLines(this.environment.stdout, text);
  }

  /** Data for programs. */
  printJson(value: unknown): void {
    this.print(JSON.stringify(value, null, 2));
  }

  /** Data for programs, one document a line. */
  printJsonLine(value: unknown): void {
    this.print(JSON.stringify(value));
  }

  /** Something for the person at the terminal. */
  note(text: string): void {
    writeLines(this.environment.stderr, text);
  }

  /**
   * Whether to go on with a change. Without a person to ask, a change needs `--yes`, or `CI` in the
   * environment.
   */
  async confirm(question: string, options: { readonly yes?: boolean }): Promise<boolean> {
    const { canAsk, variables } = this.environment;
    if (options.yes === true) return true;
    if (isTrue(variables.CI)) {
      this.note("CI is set: going on without asking");
      return true;
    }
    if (!canAsk) {
      throw usageError(
        "nothing was changed: there is no terminal to ask on",
        "say --yes to go on without being asked",
      );
    }
    return this.environment.confirm(question);
  }
}

/** To a terminal without what could control it; elsewhere as it is. */
export function writeLines(stream: OutputStream, text: string): void {
  const shown = stream.isTerminal ? sanitize(text) : text;
  stream.write(shown.endsWith("\n") ? shown : `${shown}\n`);
}

function isTrue(value: string | undefined): boolean {
  return value !== undefined && !["", "0", "false"].includes(value.toLowerCase());
}
