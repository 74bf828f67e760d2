/** What every command works with. */
import { type AdminClient, createAdminClient } from "@rejoin/client";
import { usageError } from "./cli-error.ts";
import { type Connection, type ConnectionFlags, resolveConnection } from "./connection.ts";
import type { CliEnvironment } from "./environment/cli-environment.ts";
import { type Colours, createColours } from "./render/colours.ts";

/** Discovery, which the server retries, must fit. */
const ADMIN_TIMEOUT_MS = 60_000;

/** The surroundings, the server, and the two streams: data goes to stdout, all else to stderr. */
export class Cli {
  readonly environment: CliEnvironment;
  /** Of stdout. */
  readonly colours: Colours;
  /** Of stderr. */
  readonly noteColours: Colours;
  readonly #flags: () => ConnectionFlags;

  constructor(environment: CliEnvironment, flags: () => ConnectionFlags) {
    this.environment = environment;
    this.colours = createColours(environment, environment.stdout);
    this.noteColours = createColours(environment, environment.stderr);
    this.#flags = flags;
  }

  get connection(): Connection {
    return resolveConnection(this.environment, this.#flags());
  }

  get admin(): AdminClient {
    const { admin, token } = this.connection;
    return createAdminClient({
      url: admin.url,
      fetch: this.environment.fetch,
      timeoutMs: ADMIN_TIMEOUT_MS,
      ...(token === undefined ? {} : { token }),
    });
  }

  /** Data. */
  print(text: string): void {
    this.environment.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
  }

  /** Data for programs. */
  printJson(value: unknown): void {
    this.print(JSON.stringify(value, null, 2));
  }

  /** Something for the person at the terminal. */
  note(text: string): void {
    this.environment.stderr.write(text.endsWith("\n") ? text : `${text}\n`);
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

function isTrue(value: string | undefined): boolean {
  return value !== undefined && !["", "0", "false"].includes(value.toLowerCase());
}
