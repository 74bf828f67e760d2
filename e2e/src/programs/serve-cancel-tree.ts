/**
 * A tree of invocations on the reference SDK, whose leaves sleep for an hour. Prints each leaf that
 * sleeps, and how each node ends: by which failure, and how often it has seen one.
 */
import { type Context, RestatePromise, service, TerminalError } from "@restatedev/restate-sdk";
import { printLine } from "../support/program-output.ts";
import { serveReference } from "../support/serve-reference.ts";

interface Wanted {
  readonly path: string;
  /** How many children a node has, level by level. */
  readonly widths: readonly number[];
}

const napMs = 3_600_000;

const tree = service({
  name: "tree",
  handlers: {
    node: async (ctx: Context, { path, widths }: Wanted): Promise<void> => {
      try {
        const [width, ...rest] = widths;
        if (width === undefined) await nap(ctx, path);
        else await callChildren(ctx, width, { path, widths: rest });
      } catch (error) {
        const { code, message } = assertTerminal(error);
        const seen = 1 + (await cleanUp(ctx));
        printLine("ended", { path, seen, code, message });
        throw error;
      }
    },
  },
});

/** Gives how often it was disturbed. */
async function cleanUp(ctx: Context): Promise<number> {
  try {
    await ctx.sleep(1);
    return 0;
  } catch (error) {
    assertTerminal(error);
    return 1;
  }
}

function assertTerminal(error: unknown): TerminalError {
  if (error instanceof TerminalError) return error;
  throw error;
}

async function nap(ctx: Context, path: string): Promise<void> {
  const sleeping = ctx.sleep(napMs);
  printLine("sleeping", { path });
  await sleeping;
}

async function callChildren(ctx: Context, width: number, { path, widths }: Wanted): Promise<void> {
  const children = Array.from({ length: width }, (_, index) =>
    ctx.serviceClient(tree).node({ path: `${path}.${index}`, widths }),
  );
  await RestatePromise.all(children);
}

serveReference(tree);
