/** A real server with services to play with, for the tests of a file. */
import {
  type Context,
  type ObjectContext,
  object,
  type ServiceDefinition,
  service,
  TerminalError,
  type WorkflowContext,
  workflow,
} from "@rejoin/sdk";
import { type RunningServer, start } from "@rejoin/server";
import { afterAll, beforeAll, expect } from "vitest";
import { type TestOptions, TestTerminal } from "./test-environment.ts";

/** Of the subtasks whose number ends with 07 all fail for good, with 08 until this is true. */
export interface Surroundings {
  isRepaired: boolean;
}

interface Subtasks {
  readonly subtask: (ctx: Context, index: number) => Promise<number>;
}

const SUBTASKS: ServiceDefinition<"worker", Subtasks> = { name: "worker" };

function createServices(surroundings: Surroundings) {
  const worker = service({
    name: "worker",
    handlers: {
      run: async (ctx: Context, count: number): Promise<number> => {
        const client = ctx.serviceClient(SUBTASKS);
        const calls = Array.from({ length: count }, (_, index) => client.subtask(index));
        const settled = await Promise.allSettled(calls);
        return settled.filter(({ status }) => status === "fulfilled").length;
      },
      subtask: async (_ctx: Context, index: number): Promise<number> => {
        if (index % 100 === 7) throw new TerminalError("no such article", { errorCode: 404 });
        if (index % 100 === 8 && !surroundings.isRepaired) throw new Error("the shop is closed");
        return index;
      },
    },
    options: { retryPolicy: { maxAttempts: 2, initialInterval: 1, onMaxAttempts: "pause" } },
  });
  const cart = object({
    name: "cart",
    handlers: {
      add: async (ctx: ObjectContext, article: string): Promise<number> => {
        const articles = [...((await ctx.get<string[]>("articles")) ?? []), article];
        ctx.set("articles", articles);
        return articles.length;
      },
      wait: async (ctx: ObjectContext): Promise<string> => {
        const { id, promise } = ctx.awakeable<string>();
        ctx.set("awakeable", id);
        return promise;
      },
    },
  });
  const order = workflow({
    name: "order",
    handlers: { run: async (_ctx: WorkflowContext, amount: number): Promise<number> => amount + 1 },
  });
  return [worker, cart, order] as const;
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The server of the tests in a file; it is there from the first to the last of them. */
export class SharedServer {
  readonly surroundings: Surroundings = { isRepaired: false };
  #server: RunningServer | undefined;

  async start(): Promise<void> {
    const services = [...createServices(this.surroundings)];
    this.#server = await start({ services, name: "main", logger: () => undefined });
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  /** A terminal whose commands find this server. */
  terminal({ variables, ...options }: TestOptions = {}): TestTerminal {
    const { adminUrl = "", ingressUrl = "" } = this.#server ?? {};
    return new TestTerminal({
      ...options,
      variables: { REJOIN_ADMIN_URL: adminUrl, REJOIN_INGRESS_URL: ingressUrl, ...variables },
    });
  }

  async run(...args: readonly string[]): Promise<CommandResult> {
    const terminal = this.terminal();
    const code = await terminal.run(...args);
    return { code, stdout: terminal.stdout, stderr: terminal.stderr };
  }

  /** What a command that does well prints, without the end of the line. */
  async text(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...args);
    expect(code, `${args.join(" ")}: ${stderr}`).toBe(0);
    return stdout.trimEnd();
  }

  // biome-ignore lint/suspicious/noExplicitAny: what a command prints as JSON; tests look at parts of it
  async json(...args: readonly string[]): Promise<any> {
    return JSON.parse(await this.text(...args, "--json"));
  }

  /** Repeats a command until what it prints as JSON fits. */
  async until(
    args: readonly string[],
    // biome-ignore lint/suspicious/noExplicitAny: as above
    fits: (document: any) => boolean,
  ): Promise<void> {
    while (!fits(await this.json(...args))) {
      // Each look is a request: the server gets on in between.
    }
  }
}

export function shareServer(): SharedServer {
  const server = new SharedServer();
  beforeAll(() => server.start());
  afterAll(() => server.close());
  return server;
}
