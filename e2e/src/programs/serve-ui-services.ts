/**
 * A server with services that give the web UI something to show: `serve-ui-services <directory>`.
 *
 * - `report/build` fans out to `report/page` and waits for all of it, whatever comes of it. Pages fail
 *   for good, or fail until `report/repair` is called.
 * - `cart` is a virtual object with state, `signup` a workflow that waits for a promise.
 */
import {
  type Context,
  type ObjectContext,
  object,
  RestatePromise,
  service,
  TerminalError,
  type WorkflowContext,
  type WorkflowSharedContext,
  workflow,
} from "@rejoin/sdk";
import { start } from "@rejoin/server";
import { onParentGone, printLine } from "../support/program-output.ts";

const [dataDir = "", adminAddress = "127.0.0.1:0", ingressAddress = "127.0.0.1:0"] =
  process.argv.slice(2);
/** Repaired, pages that fail for now succeed. */
const printer = { isBroken: true };

interface BuildRequest {
  readonly pages: number;
  /** Every so many pages one fails for good; 0 for none. */
  readonly failEvery?: number;
  /** Every so many one fails until the printer is repaired. */
  readonly jamEvery?: number;
}

interface Built {
  readonly title: string;
  readonly pages: number;
  readonly done: number;
  readonly missing: number;
}

interface PageRequest {
  readonly index: number;
  readonly fails: boolean;
  readonly jams: boolean;
}

const every = (index: number, count = 0) => count > 0 && index % count === count - 1;

const report = service({
  name: "report",
  handlers: {
    build: async (ctx: Context, request: BuildRequest): Promise<Built> => {
      const { pages, failEvery, jamEvery } = request;
      const title = await ctx.run("title", () => `Report of ${pages} pages`);
      const calls = Array.from({ length: pages }, (_, index) =>
        ctx
          .serviceClient(report)
          .page({ index, fails: every(index, failEvery), jams: every(index, jamEvery) }),
      );
      const results = await RestatePromise.allSettled(calls);
      const done = results.filter(({ status }) => status === "fulfilled").length;
      return { title, pages, done, missing: pages - done };
    },

    page: async (ctx: Context, { index, fails, jams }: PageRequest): Promise<string> => {
      if (fails) {
        throw new TerminalError(
          index % 3 === 0 ? "no data for this page" : "the template has no such section",
          { errorCode: 422 },
        );
      }
      return ctx.run("render", () => {
        if (jams && printer.isBroken) throw new Error("the printer is jammed: open tray 2");
        return `page ${index}`;
      });
    },

    nap: async (ctx: Context, forMs: number): Promise<void> => {
      await ctx.sleep(forMs);
    },

    repair: async (ctx: Context): Promise<string> =>
      ctx.run("repair", () => {
        printer.isBroken = false;
        return "repaired";
      }),
  },
  // Whoever wants to see what waits for its next attempt has minutes for it.
  options: {
    retryPolicy: { initialInterval: 200, exponentiationFactor: 1000, maxInterval: 600_000 },
  },
});

interface Item {
  readonly name: string;
  readonly count: number;
}

const cart = object({
  name: "cart",
  handlers: {
    add: async (ctx: ObjectContext, item: Item): Promise<number> => {
      const items = (await ctx.get<Item[]>("items")) ?? [];
      ctx.set("items", [...items, item]);
      ctx.set("changed", new Date(await ctx.date.now()).toISOString());
      return items.length + 1;
    },
    checkout: async (ctx: ObjectContext): Promise<string> => {
      const { id, promise } = ctx.awakeable<string>();
      ctx.set("payment", { awakeable: id, state: "waiting" });
      return promise;
    },
  },
});

const signup = workflow({
  name: "signup",
  handlers: {
    run: async (ctx: WorkflowContext, email: string): Promise<boolean> => {
      ctx.set("email", email);
      await ctx.run("send the link", () => undefined);
      return ctx.promise<boolean>("confirmed");
    },
    confirm: async (ctx: WorkflowSharedContext): Promise<void> => {
      await ctx.promise<boolean>("confirmed").resolve(true);
    },
  },
});

const server = await start({
  services: [report, cart, signup],
  dataDir,
  name: "office",
  adminAddress,
  ingressAddress,
  logger: () => undefined,
  log: () => undefined,
});
onParentGone(() => server.close());
printLine("ready", { ingressUrl: server.ingressUrl, adminUrl: server.adminUrl });
